/**
 * Whether measured latencies are those of servers whose answers are known: a delay, a stall, a queue. Every margin is wide enough
 * for a busy machine of two cores, and far smaller than the fault that it is there to find.
 */
import { lindley } from '../analysis/queue.ts';
import { CLIENT_NAMES } from '../load/client.ts';
import { makeSchedule } from '../load/schedule.ts';
import { judgeHealth, type Load } from '../load/window.ts';
import { quantile } from '../stats/distributions.ts';
import { mean } from '../stats/interval.ts';
import { type Figure, type Finding, failures, shown } from './finding.ts';
import type { Behaviour } from './known-server.ts';
import { type Asked, type Lab, type Measured, percentileMs, responseTimesMs } from './lab.ts';

export const CLOSED: Load = { kind: 'closed', connections: 1 };
const US_PER_MS = 1000;

/** The client's own share, and waking up after a pause, which takes longer than going on. */
const CLIENT_MS = 3;

/** Times are rounded to microseconds at both ends. */
const ROUNDING_MS = 0.002;

/** One window on a known server of its own, by undici where it does not say, and what it must read. */
export interface Case extends Asked {
  readonly check: string;
  readonly behaviour: Behaviour;
  /** Whether the generator must be on time: only other programs on its core are an excuse. */
  readonly onTime?: boolean;
  /** Figures with the bounds that follow from the behaviour. */
  read(window: Measured): Figure[];
}

export async function checkCase(lab: Lab, { check, behaviour, onTime, read, ...asked }: Case): Promise<Finding> {
  const window = await lab.withServer(behaviour, (server) => lab.measure(server, asked));
  const figures = [...read(window), failures(window.failures.length)];
  return { check, figures, spoiled: onTime ? window.crowded : window.spoiled };
}

/** Not below the time computed, and no more than 3 ms above it. */
export function timeFigure(name: string, got: number, computedMs: number): Figure {
  return { name, got, low: computedMs - ROUNDING_MS, high: computedMs + CLIENT_MS };
}

/** An open loop, and for how long each window measures. */
type Arrivals = Record<'ratePerS' | 'durationMs', number>;

/** A known delay, for each client and loop. Without any, what is measured is the client's floor. */
export function delayCases(delayMs: number, { ratePerS, durationMs }: Arrivals): Case[] {
  const open: Load = { kind: 'open', arrivals: 'constant', ratePerS };
  return [CLOSED, open].flatMap((load) =>
    CLIENT_NAMES.map((client) => ({
      check: `a server that answers in ${delayMs} ms, ${load === open ? `${ratePerS}/s` : 'closed loop'}, ${client}`,
      ...{ behaviour: { delayMs }, client, load, durationMs },
      read: (window) => [timeFigure('p50, ms', percentileMs(window, 0.5), delayMs)],
    })),
  );
}

const STALL_MARGIN = 0.1;

/**
 * A stall, which the open loop's 99th percentile holds, within 10%, while the closed loop's stays below a tenth of it. What
 * falls into the stall is answered at its end; everything else after the delay.
 */
export function stallCases(
  { delayMs, afterMs, stallMs }: Record<'delayMs' | 'afterMs' | 'stallMs', number>,
  { ratePerS, durationMs }: Arrivals,
): Case[] {
  const behaviour = { delayMs, stall: { afterMs, stallMs } };
  const arrivals = { arrivals: 'constant', ratePerS } as const;
  const dueMs = makeSchedule({ ...arrivals, durationMs, seed: 1 }).map((us) => us / US_PER_MS);
  const beginMs = (dueMs[0] ?? 0) + afterMs;
  const endMs = beginMs + stallMs;
  const times = dueMs.map((due) => (due >= beginMs && due < endMs ? endMs - due : 0) + delayMs);
  const expected = quantile(times, 0.99) ?? Number.NaN;
  const stallCase = (loop: string, load: Load, low: number, high: number): Case => ({
    check: `a server that stalls for ${stallMs} ms, ${loop}`,
    ...{ behaviour, load, durationMs },
    read: (window) => [{ name: 'p99, ms', got: percentileMs(window, 0.99), low, high }],
  });
  const open = { kind: 'open', ...arrivals } as const;
  return [
    stallCase('constant arrivals', open, expected * (1 - STALL_MARGIN), expected * (1 + STALL_MARGIN)),
    stallCase('closed loop, which hides it', CLOSED, 0, stallMs * STALL_MARGIN),
  ];
}

/**
 * A queue with one worker. Median, 90th percentile and mean are those that follow from the schedule, and no more than the
 * client's share above them.
 */
export function queueCase(serviceMs: number, { ratePerS, durationMs }: Arrivals): Case {
  const [seed, arrivals] = [5, { arrivals: 'poisson', ratePerS } as const];
  const dueMs = makeSchedule({ ...arrivals, durationMs, seed }).map((us) => us / US_PER_MS);
  const computed = lindley(dueMs, () => serviceMs);
  return {
    check: `a queue with one worker of ${serviceMs} ms, ${ratePerS}/s Poisson, undici`,
    behaviour: { delayMs: serviceMs, inTurn: true },
    ...{ load: { kind: 'open', ...arrivals }, durationMs, seed },
    read: (window) => {
      const figure = (name: string, of: (times: readonly number[]) => number | null) =>
        timeFigure(name, of(responseTimesMs(window)) ?? Number.NaN, of(computed) ?? Number.NaN);
      return [
        figure('p50, ms', (times) => quantile(times, 0.5)),
        figure('p90, ms', (times) => quantile(times, 0.9)),
        figure('mean, ms', mean),
      ];
    },
  };
}

/** A high rate, at which the window is still one that the benchmark would use. */
export function rateCase(ratePerS: number, durationMs: number): Case {
  return {
    check: `open loop at ${ratePerS}/s Poisson on a server that answers at once, undici`,
    ...{ behaviour: { delayMs: 0 }, onTime: true, durationMs },
    load: { kind: 'open', arrivals: 'poisson', ratePerS },
    read: (window) => {
      const { intendedUs, sentUs } = window.requests;
      const lagsMs = sentUs.map((sent, i) => (sent - (intendedUs[i] ?? Number.NaN)) / US_PER_MS);
      const reason = judgeHealth(window);
      const [told, broken] = reason === null ? ['', 0] : [`: ${reason}`, 1];
      return [
        { name: `rules that are broken${told}`, got: broken, low: 0, high: 0 },
        shown('lag p99, ms', quantile(lagsMs, 0.99) ?? Number.NaN),
        shown('share of a core besides waiting', (window.clientCpuMs - window.spinMs) / window.elapsedMs),
      ];
    },
  };
}
