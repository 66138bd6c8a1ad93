/** A server on a virtual clock that answers one request after the other, and may stall: all its times are known. */
import type { Answer, Client, Payload } from '../../bench/load/client.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface VirtualServerOptions {
  readonly clock: VirtualClock;
  /** Service time of the request with that index, in microseconds. */
  readonly serviceUs: (index: number) => number;
  /** Nothing is worked on between these two times, in microseconds. */
  readonly stallUs?: readonly [number, number];
  /** What the request with that index is answered; rejecting counts as a failed connection. */
  readonly answer?: (index: number) => Answer | Promise<Answer>;
}

export const RIGHT: Answer = { status: 200, headerLength: null, bytes: new Uint8Array() };

/** A payload whose right answer has the status 200. */
export const PAYLOAD: Payload = {
  method: 'GET',
  path: '/',
  headers: {},
  body: null,
  isRight: ({ status }) => status === 200,
};

/** First come, first served: a request begins when it is there and the one before it is done. */
export function virtualServer({
  clock,
  serviceUs,
  stallUs,
  answer = () => RIGHT,
}: VirtualServerOptions): Pick<Client, 'send'> {
  let freeUs = 0;
  let received = 0;
  return {
    send: async (_, onFirstByte) => {
      const index = received++;
      const beginUs = afterStall(Math.max(freeUs, clock.nowUs()), stallUs);
      freeUs = beginUs + serviceUs(index);
      await clock.waitUntil(freeUs);
      onFirstByte?.();
      return answer(index);
    },
  };
}

function afterStall(us: number, stallUs: readonly [number, number] | undefined): number {
  return stallUs !== undefined && us >= stallUs[0] && us < stallUs[1] ? stallUs[1] : us;
}
