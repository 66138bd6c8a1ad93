/**
 * Whether measured latencies are those of servers whose answers are known. Every margin is wide enough for a busy machine
 * of two cores, and far smaller than the fault that it is there to find.
 */
import { isWithin, judgedUnlessSpoiled, ms, type SelftestLine } from './line.ts';

/** What every judged window tells besides its latencies. */
interface OfWindow {
  /** Requests without a right answer. */
  readonly failures: number;
  /** What spoiled the window, or null. */
  readonly spoiled: string | null;
}

export interface KnownDelay extends OfWindow {
  readonly client: string;
  readonly loop: string;
  readonly delayMs: number;
  /** Median of the same client and a server that answers at once. */
  readonly floorMs: number;
  readonly p50Ms: number;
  /** Median delay as the server itself saw it. */
  readonly serverP50Ms: number;
}

/** Beyond the client's floor: waking up after a pause takes longer than going on. */
const WAKE_MS = 2;

/** Times are rounded to microseconds at both ends. */
const ROUNDING_MS = 0.002;

/** The median is the known delay and no more than the client's floor and 2 ms above it. */
export function judgeKnownDelay(figures: KnownDelay): SelftestLine {
  const { client, loop, delayMs, floorMs, p50Ms, serverP50Ms, failures, spoiled } = figures;
  const check = `a server that answers in ${delayMs} ms, ${loop}, ${client}`;
  const high = delayMs + floorMs + WAKE_MS;
  return judgedUnlessSpoiled(
    {
      check,
      ok: failures === 0 && isWithin(p50Ms, delayMs - ROUNDING_MS, high),
      expected: `p50 of ${delayMs.toFixed(2)} to ${ms(high)}: the client's floor of ${floorMs.toFixed(2)} and ${WAKE_MS} ms more`,
      got: `p50 of ${ms(p50Ms)}, of which the server took ${serverP50Ms.toFixed(2)}${wrong(failures)}`,
    },
    spoiled,
  );
}

export interface Stall extends OfWindow {
  readonly stallMs: number;
  /** 99th percentile that follows from the schedule and the stall, and those measured. */
  readonly expectedP99Ms: number;
  readonly openP99Ms: number;
  readonly closedP99Ms: number;
}

const STALL_MARGIN = 0.1;

/** The open loop's 99th percentile holds the stall, within 10%; the closed loop's stays below a tenth of it. */
export function judgeStall({ stallMs, expectedP99Ms, openP99Ms, closedP99Ms, ...window }: Stall): SelftestLine {
  const check = `a server that stalls for ${stallMs} ms, constant arrivals, undici`;
  const [low, high] = [expectedP99Ms * (1 - STALL_MARGIN), expectedP99Ms * (1 + STALL_MARGIN)];
  const hidden = stallMs * STALL_MARGIN;
  return judgedUnlessSpoiled(
    {
      check,
      ok: window.failures === 0 && isWithin(openP99Ms, low, high) && isWithin(closedP99Ms, 0, hidden),
      expected: `open loop p99 of ${low.toFixed(0)} to ${high.toFixed(0)} ms; closed loop, which hides it, below ${hidden.toFixed(0)} ms`,
      got: `open loop p99 of ${openP99Ms.toFixed(0)} ms, closed loop ${ms(closedP99Ms)}${wrong(window.failures)}`,
    },
    window.spoiled,
  );
}

/** Response times in milliseconds. */
export interface Summary {
  readonly p50: number;
  readonly p90: number;
  readonly mean: number;
}

export interface Queue extends OfWindow {
  readonly serviceMs: number;
  readonly ratePerS: number;
  /** By Lindley's recursion from the schedule. */
  readonly computed: Summary;
  readonly measured: Summary;
  /** Median of the client and a server that answers at once. */
  readonly floorMs: number;
}

/** Median, 90th percentile and mean are those computed, and no more than the client's floor and 2 ms above them. */
export function judgeQueue(figures: Queue): SelftestLine {
  const { serviceMs, ratePerS, computed, measured, floorMs, failures, spoiled } = figures;
  const check = `a queue with one worker of ${serviceMs} ms, ${ratePerS}/s Poisson, undici`;
  const above = floorMs + WAKE_MS;
  const fits = (key: keyof Summary) => isWithin(measured[key], computed[key] - ROUNDING_MS, computed[key] + above);
  return judgedUnlessSpoiled(
    {
      check,
      ok: failures === 0 && fits('p50') && fits('p90') && fits('mean'),
      expected: `${summary(computed)} by Lindley's recursion, and at most ${ms(above)} more`,
      got: `${summary(measured)}${wrong(failures)}`,
    },
    spoiled,
  );
}

function summary({ p50, p90, mean }: Summary): string {
  return `p50 ${p50.toFixed(2)}, p90 ${p90.toFixed(2)}, mean ${ms(mean)}`;
}

function wrong(failures: number): string {
  return failures === 0 ? '' : `, and ${failures} requests without a right answer`;
}
