/** The two loops that send the requests of a window, what records each request, and their clock. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { mostOverruns, type Objective } from '../stats/max-rate.ts';
import { type Client, type Payload, reasonOf } from './client.ts';
import type { Failure, RequestTimes, WindowResult } from './window.ts';

/** What a loop finds out; the generator adds what its process used. */
export type LoopResult = Pick<WindowResult, 'requests' | 'failures' | 'firstFailure' | 'elapsedMs'>;

/** How long after its last request a window waits for answers, in milliseconds; what is late then has timed out. */
export const TIMEOUT_MS = 10_000;

const US_PER_MS = 1000;
const SHOWN_CHARACTERS = 200;

/** From here on a server says itself that it failed. */
const SERVER_ERROR = 500;

interface LoopOptions {
  readonly client: Pick<Client, 'send'>;
  readonly clock: Clock;
  readonly next: () => Payload;
}

/**
 * A closed loop: each of `connections` workers sends, waits for the answer, and sends again until `durationMs` are over;
 * requests under way are waited for. It measures service time and throughput; a stall of the server slows the load down
 * with it, so it says nothing about response time under a given load.
 */
export async function runClosedLoop(
  options: LoopOptions & { readonly connections: number; readonly durationMs: number },
): Promise<LoopResult> {
  const recorder = createRecorder(options);
  const endUs = options.durationMs * US_PER_MS;
  const worker = async () => {
    while (recorder.nowUs() < endUs) await recorder.send(options.next());
  };
  const stop = new AbortController();
  const workers = Promise.all(Array.from({ length: options.connections }, worker));
  // A server that hangs keeps its workers waiting: the recorder's time-out ends the window without them.
  await Promise.race([workers, recorder.waitUntil(endUs, stop.signal)]);
  stop.abort();
  return recorder.finish();
}

/**
 * An open loop: requests are sent at the times of `scheduleUs`, whatever the server does, as users who know nothing of each
 * other send them. A stall of the server then delays every request that falls into it, and all of them count (Schroeder,
 * Wierman and Harchol-Balter, "Open Versus Closed", NSDI 2006). One with an objective ends once
 * that is missed, as too many requests take longer or one fails.
 */
export async function runOpenLoop({
  scheduleUs,
  objective,
  ...options
}: LoopOptions & {
  readonly scheduleUs: readonly number[];
  readonly objective?: Objective | undefined;
}): Promise<LoopResult> {
  const most = objective && Math.max(0, mostOverruns(scheduleUs.length, objective.percentile));
  const recorder = createRecorder(options, objective?.ms);
  for (const dueUs of scheduleUs) {
    if (dueUs > recorder.nowUs()) await recorder.waitUntil(dueUs);
    if (most !== undefined && (recorder.hasFailed() || recorder.overruns() > most)) break;
    void recorder.send(options.next(), dueUs);
  }
  return recorder.finish();
}

/** Sends the requests of a window, times and judges each. Times are since its start; over `limitMs` one is an overrun. */
function createRecorder({ client, clock }: LoopOptions, limitMs = Number.POSITIVE_INFINITY) {
  const requests: RequestTimes = { intendedUs: [], sentUs: [], firstByteUs: [], lastByteUs: [] };
  const failures: WindowResult['failures'] = [];
  let firstFailure: string | null = null;
  let overruns = 0;
  const pending = new Map<number, Promise<void>>();
  const startUs = clock.nowUs();
  const nowUs = () => Math.round(clock.nowUs() - startUs);
  const waitUntil = (us: number, signal?: AbortSignal) => clock.waitUntil(startUs + us, signal);

  const end = (index: number) => {
    const now = nowUs();
    requests.lastByteUs[index] = now;
    if (requests.firstByteUs[index] === -1) requests.firstByteUs[index] = now;
    if (now - (requests.intendedUs[index] ?? now) > limitMs * US_PER_MS) overruns += 1;
  };
  const fail = (index: number, kind: Failure, text: string, ...status: number[]) => {
    failures.push([index, kind, ...status]);
    firstFailure ??= text.slice(0, SHOWN_CHARACTERS);
  };
  const exchange = async (payload: Payload, index: number): Promise<void> => {
    const onFirstByte = () => {
      requests.firstByteUs[index] = nowUs();
    };
    try {
      const answer = await client.send(payload, onFirstByte);
      end(index);
      if (payload.isRight(answer)) return;
      const text = `${answer.status} ${new TextDecoder().decode(answer.bytes)}`;
      fail(index, answer.status >= SERVER_ERROR ? 'failed' : 'wrong', text, answer.status);
    } catch (cause) {
      end(index);
      fail(index, 'failed', reasonOf(cause));
    }
  };

  return {
    nowUs,
    waitUntil,
    overruns: () => overruns,
    hasFailed: () => failures.length > 0,
    /** Sends a payload that was due at `intendedUs`, or is due now. Resolves when it is answered or has failed. */
    send: (payload: Payload, intendedUs?: number): Promise<void> => {
      const now = nowUs();
      const index = requests.sentUs.push(now) - 1;
      requests.intendedUs.push(intendedUs ?? now);
      requests.firstByteUs.push(-1);
      requests.lastByteUs.push(-1);
      const done = exchange(payload, index).finally(() => pending.delete(index));
      pending.set(index, done);
      return done;
    },
    /** Waits for the answers that are still to come, and no longer than the time-out. */
    finish: async (): Promise<LoopResult> => {
      const late = new AbortController();
      const deadline = waitUntil(nowUs() + TIMEOUT_MS * US_PER_MS, late.signal);
      await Promise.race([Promise.all(pending.values()), deadline]);
      late.abort();
      for (const index of pending.keys()) {
        end(index);
        fail(index, 'timeout', `no answer in ${TIMEOUT_MS} ms`);
      }
      const inOrder = failures.toSorted(([a], [b]) => a - b);
      // A late answer still writes into the recorder's own.
      return { requests: structuredClone(requests), failures: inOrder, firstFailure, elapsedMs: nowUs() / US_PER_MS };
    },
  };
}

export interface Clock {
  /** Monotonic, in microseconds. */
  nowUs(): number;
  /** Resolves at once when `us` has passed already, else at that time, or earlier when the signal aborts. */
  waitUntil(us: number, signal?: AbortSignal): Promise<void>;
}

/** How long before its moment a loop that gives way to answers takes over from the timer, which is late by milliseconds. */
const SPIN_US = 2000;

/** A turn of the event loop that took less did nothing but wait. */
const EMPTY_TURN_US = 20;

/** The clock of this process, with the time that it has spent in its waiting loop. */
export function createClock(): Clock & { spentUs(): number } {
  const nowUs = () => performance.now() * US_PER_MS;
  let spentUs = 0;
  return {
    nowUs,
    spentUs: () => spentUs,
    waitUntil: async (us, signal) => {
      const timerUs = us - nowUs() - SPIN_US;
      if (timerUs > 0) await sleep(timerUs / US_PER_MS, undefined, { signal }).catch(() => undefined);
      for (let turnUs = nowUs(); turnUs < us && !signal?.aborted; ) {
        await setImmediate();
        const now = nowUs();
        if (now - turnUs < EMPTY_TURN_US) spentUs += now - turnUs;
        turnUs = now;
      }
    },
  };
}
