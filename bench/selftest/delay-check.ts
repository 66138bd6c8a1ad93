/** Measures servers that answer at once and after a known delay, with both clients and in both loops. */
import { CLIENT_NAMES, type ClientName } from '../load/client.ts';
import type { Load } from '../load/window.ts';
import type { KnownDelay } from './judge-latency.ts';
import type { Lab } from './lab.ts';
import { percentileMs } from './response-times.ts';

/** Median of each client on a server that answers at once, in milliseconds. */
export type Floors = Readonly<Record<ClientName, number>>;

const CLOSED: Load = { kind: 'closed', connections: 1 };

/** Each client's floor: closed loop, one connection. */
export function measureFloors(lab: Lab, durationMs: number): Promise<Floors> {
  return lab.withServer({ kind: 'delay', delayMs: 0 }, async (server) => {
    const floorOf = async (client: ClientName) => {
      await lab.run(server.url, { client, load: CLOSED, durationMs });
      return percentileMs(await lab.measure(server, { client, load: CLOSED, durationMs }), 0.5);
    };
    const fetch = await floorOf('fetch');
    return { fetch, undici: await floorOf('undici') };
  });
}

export interface DelayCheck {
  readonly delayMs: number;
  readonly ratePerS: number;
  readonly closedMs: number;
  readonly openMs: number;
  readonly floors: Floors;
}

/** One window for each client and loop. */
export function measureKnownDelay(lab: Lab, check: DelayCheck): Promise<KnownDelay[]> {
  const { delayMs, ratePerS, closedMs, openMs, floors } = check;
  const loops = [
    { loop: 'closed loop', load: CLOSED, durationMs: closedMs },
    { loop: `${ratePerS}/s`, load: { kind: 'open', arrivals: 'constant', ratePerS }, durationMs: openMs },
  ] as const;
  return lab.withServer({ kind: 'delay', delayMs }, async (server) => {
    const measured: KnownDelay[] = [];
    for (const { loop, ...asked } of loops) {
      for (const client of CLIENT_NAMES) {
        const window = await lab.measure(server, { client, ...asked });
        const { failures, spoiled } = window;
        const times = {
          floorMs: floors[client],
          p50Ms: percentileMs(window, 0.5),
          serverP50Ms: window.server.medianMs,
        };
        measured.push({ client, loop, delayMs, ...times, failures: failures.length, spoiled });
      }
    }
    return measured;
  });
}
