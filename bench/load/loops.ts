/**
 * The two loops that send the requests of a window, when and what they send, what records each request for both, and
 * their clock. A timer of Node is late by up to some milliseconds, so the last stretch of a wait is a loop that gives way to
 * answers.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type Client, type Payload, reasonOf } from './client.ts';
import type { Failure, Load, RequestTimes, WindowRequest, WindowResult } from './window.ts';

/** What a loop finds out; the generator adds what its process used. */
export type LoopResult = Pick<WindowResult, 'requests' | 'failures' | 'firstFailure' | 'elapsedMs'>;

/** How long after its last request a window waits for answers, in milliseconds; what is late then has timed out. */
export const TIMEOUT_MS = 10_000;

const US_PER_MS = 1000;
const US_PER_S = 1e6;
const SHOWN_CHARACTERS = 200;

/** From here on a server says itself that it failed. */
const SERVER_ERROR = 500;

interface LoopOptions {
  readonly client: Pick<Client, 'send'>;
  readonly clock: Clock;
  readonly next: () => Payload;
}

interface ClosedLoopOptions extends LoopOptions {
  readonly connections: number;
  /** No request is sent after this long, in milliseconds; those under way are waited for. */
  readonly durationMs: number;
}

/**
 * A closed loop: each of `connections` workers sends, waits for the answer, and sends again until the time is up. It
 * measures service time and throughput; a stall of the server slows the load down with it, so it says nothing about
 * response time under a given load.
 */
export async function runClosedLoop(options: ClosedLoopOptions): Promise<LoopResult> {
  const { next, connections, durationMs } = options;
  const recorder = new Recorder(options);
  const endUs = durationMs * US_PER_MS;
  const worker = async () => {
    while (recorder.nowUs() < endUs) await recorder.send(next());
  };
  const stop = new AbortController();
  const workers = Promise.all(Array.from({ length: connections }, worker));
  // A server that hangs keeps its workers waiting: the recorder's time-out ends the window without them.
  await Promise.race([workers, recorder.waitUntil(endUs, stop.signal)]);
  stop.abort();
  return recorder.finish();
}

interface OpenLoopOptions extends LoopOptions {
  /** When requests are due, in microseconds since the window's start, rising. */
  readonly scheduleUs: readonly number[];
}

/**
 * An open loop: requests are sent when they are due, whatever the server does, as users who know nothing of each other
 * send them. A stall of the server then delays every request that falls into it, and all of them count (Schroeder,
 * Wierman and Harchol-Balter, "Open Versus Closed", NSDI 2006).
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<LoopResult> {
  const recorder = new Recorder(options);
  for (const dueUs of options.scheduleUs) {
    if (dueUs > recorder.nowUs()) await recorder.waitUntil(dueUs);
    void recorder.send(options.next(), dueUs);
  }
  return recorder.finish();
}

type OpenLoad = Extract<Load, { kind: 'open' }>;
type ScheduleOptions = Omit<OpenLoad, 'kind'> & Pick<WindowRequest, 'durationMs' | 'seed'>;

/**
 * Arrival times in integer microseconds since the window's start, rising. Poisson: gaps are exponential, -ln(1 - u) / rate
 * with u uniform in [0, 1) (Knuth, "The Art of Computer Programming", vol. 2, 3.4.1).
 */
export function makeSchedule({ arrivals, ratePerS, durationMs, seed }: ScheduleOptions): number[] {
  const random = xoroshiro128plus(seed);
  const meanUs = US_PER_S / ratePerS;
  const gapUs = arrivals === 'constant' ? () => meanUs : () => -Math.log1p(-uniformFloat64(random)) * meanUs;
  const times: number[] = [];
  for (let due = gapUs(); due < durationMs * US_PER_MS; due += gapUs()) times.push(Math.round(due));
  return times;
}

/** An endless sequence of `items` in a random order: the same one for the same seed. */
export function payloadSequence<T>(items: readonly [T, ...T[]], seed: number): () => T {
  // Another stream than the schedule's, which draws from the seed itself.
  const random = xoroshiro128plus(~seed);
  return () => items[uniformInt(random, 0, items.length - 1)] ?? items[0];
}

/** Sends the requests of a window, times each of them and judges its answer. */
class Recorder {
  readonly #requests: RequestTimes = { intendedUs: [], sentUs: [], firstByteUs: [], lastByteUs: [] };
  readonly #failures: [number, Failure][] = [];
  #firstFailure: string | null = null;
  readonly #pending = new Map<number, Promise<void>>();
  readonly #client: LoopOptions['client'];
  readonly #clock: Clock;
  readonly #startUs: number;

  constructor({ client, clock }: LoopOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#startUs = clock.nowUs();
  }

  /** Integer microseconds since the window's start. */
  nowUs(): number {
    return Math.round(this.#clock.nowUs() - this.#startUs);
  }

  /** Waits for a time of this window. */
  waitUntil(us: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.waitUntil(this.#startUs + us, signal);
  }

  /** Sends a payload that was due at `intendedUs`, or is due now. Resolves when it is answered or has failed. */
  send(payload: Payload, intendedUs?: number): Promise<void> {
    const index = this.#requests.sentUs.length;
    const now = this.nowUs();
    this.#requests.intendedUs.push(intendedUs ?? now);
    this.#requests.sentUs.push(now);
    this.#requests.firstByteUs.push(-1);
    this.#requests.lastByteUs.push(-1);
    const done = this.#exchange(payload, index).finally(() => this.#pending.delete(index));
    this.#pending.set(index, done);
    return done;
  }

  async #exchange(payload: Payload, index: number): Promise<void> {
    const onFirstByte = () => {
      this.#requests.firstByteUs[index] = this.nowUs();
    };
    try {
      const answer = await this.#client.send(payload, onFirstByte);
      this.#end(index);
      if (payload.isRight(answer)) return;
      const text = `${answer.status} ${new TextDecoder().decode(answer.bytes)}`;
      this.#fail(index, answer.status >= SERVER_ERROR ? 'failed' : 'wrong', text);
    } catch (cause) {
      this.#end(index);
      this.#fail(index, 'failed', reasonOf(cause));
    }
  }

  /** Waits for the answers that are still to come, and no longer than the time-out. */
  async finish(): Promise<LoopResult> {
    const late = new AbortController();
    const deadline = this.waitUntil(this.nowUs() + TIMEOUT_MS * US_PER_MS, late.signal);
    await Promise.race([Promise.all(this.#pending.values()), deadline]);
    late.abort();
    for (const index of this.#pending.keys()) {
      this.#end(index);
      this.#fail(index, 'timeout', `no answer in ${TIMEOUT_MS} ms`);
    }
    return {
      // A late answer still writes into the recorder's own.
      requests: structuredClone(this.#requests),
      failures: this.#failures.toSorted(([a], [b]) => a - b),
      firstFailure: this.#firstFailure,
      elapsedMs: this.nowUs() / US_PER_MS,
    };
  }

  #end(index: number): void {
    const now = this.nowUs();
    this.#requests.lastByteUs[index] = now;
    if (this.#requests.firstByteUs[index] === -1) this.#requests.firstByteUs[index] = now;
  }

  #fail(index: number, kind: Failure, text: string): void {
    this.#failures.push([index, kind]);
    this.#firstFailure ??= text.slice(0, SHOWN_CHARACTERS);
  }
}

export interface Clock {
  /** Monotonic, in microseconds. */
  nowUs(): number;
  /** Resolves at once when `us` has passed already, else at that time, or earlier when the signal aborts. */
  waitUntil(us: number, signal?: AbortSignal): Promise<void>;
}

/** How long before the moment the loop takes over from the timer. */
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
