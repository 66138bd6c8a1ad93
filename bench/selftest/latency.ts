/**
 * Whether measured latencies are those of servers whose answers are known: a delay, a stall, a queue. Every margin is wide enough
 * for a busy machine of two cores, and far smaller than the fault that it is there to find.
 */
import { CLIENT_NAMES, type ClientName } from '../load/client.ts';
import { makeSchedule } from '../load/loops.ts';
import type { Load } from '../load/window.ts';
import { quantile } from '../stats/distributions.ts';
import { mean } from '../stats/interval.ts';
import { type Figure, type Finding, failures, shown } from './finding.ts';
import type { Behaviour } from './known-server.ts';
import { type Answered, type Lab, percentileMs, responseTimesMs } from './lab.ts';

export const CLOSED: Load = { kind: 'closed', connections: 1 };
const US_PER_MS = 1000;

/** Beyond the client's floor: waking up after a pause takes longer than going on. */
const WAKE_MS = 2;

/** Times are rounded to microseconds at both ends. */
const ROUNDING_MS = 0.002;

/** Median of each client on a server that answers at once, closed loop, one connection, in milliseconds. */
export type Floors = Readonly<Record<ClientName, number>>;

export function measureFloors(lab: Lab, durationMs: number): Promise<Floors> {
  return lab.withServer({ kind: 'delay', delayMs: 0 }, async (server) => {
    const floorOf = async (client: ClientName) => {
      await lab.run(server.url, { client, load: CLOSED, durationMs });
      return percentileMs(await lab.measure(server, { client, load: CLOSED, durationMs }), 0.5);
    };
    return { fetch: await floorOf('fetch'), undici: await floorOf('undici') };
  });
}

/** Not below the time computed, and no more than the client's floor and 2 ms above it. */
export function timeFigure(name: string, got: number, computedMs: number, floorMs: number): Figure {
  return { name, got, low: computedMs - ROUNDING_MS, high: computedMs + floorMs + WAKE_MS };
}

/** An open loop, and for how long each window measures. */
type Arrivals = Record<'ratePerS' | 'durationMs', number>;

/** A known delay, by one window for each client and loop. */
export function checkDelay(lab: Lab, delay: Arrivals & { delayMs: number; floors: Floors }): Promise<Finding[]> {
  const { delayMs, ratePerS, durationMs, floors } = delay;
  const loops: Record<string, Load> = {
    'closed loop': CLOSED,
    [`${ratePerS}/s`]: { kind: 'open', arrivals: 'constant', ratePerS },
  };
  return lab.withServer({ kind: 'delay', delayMs }, async (server) => {
    const findings: Finding[] = [];
    for (const [loop, load] of Object.entries(loops)) {
      for (const client of CLIENT_NAMES) {
        const window = await lab.measure(server, { client, load, durationMs });
        const figures = [
          timeFigure('p50, ms', percentileMs(window, 0.5), delayMs, floors[client]),
          shown('of which the server took, ms', window.server.medianMs),
          failures(window.failures.length),
        ];
        const check = `a server that answers in ${delayMs} ms, ${loop}, ${client}`;
        findings.push({ check, figures, spoiled: window.spoiled });
      }
    }
    return findings;
  });
}

type Stall = Extract<Behaviour, { kind: 'stall' }> & Arrivals;

const STALL_MARGIN = 0.1;

/** A stall, by one window of each loop, on a fresh server each. */
export async function checkStall(lab: Lab, stall: Stall): Promise<Finding> {
  const { ratePerS, durationMs } = stall;
  const measure = (load: Load) => lab.withServer(stall, (server) => lab.measure(server, { load, durationMs }));
  const open = await measure({ kind: 'open', arrivals: 'constant', ratePerS });
  const closed = await measure(CLOSED);
  return {
    check: `a server that stalls for ${stall.stallMs} ms, constant arrivals, undici`,
    figures: [
      ...stallFigures(stall, percentileMs(open, 0.99), percentileMs(closed, 0.99)),
      failures(open.failures.length + closed.failures.length),
    ],
    spoiled: open.spoiled ?? closed.spoiled,
  };
}

/**
 * The open loop's 99th percentile holds the stall, within 10%; the closed loop's stays below a tenth of it. What falls into
 * the stall is answered at its end; everything else after the delay.
 */
export function stallFigures(stall: Stall, openP99Ms: number, closedP99Ms: number): Figure[] {
  const { delayMs, afterMs, stallMs, ...arrivals } = stall;
  const dueMs = makeSchedule({ arrivals: 'constant', ...arrivals, seed: 1 }).map((us) => us / US_PER_MS);
  const beginMs = (dueMs[0] ?? 0) + afterMs;
  const endMs = beginMs + stallMs;
  const times = dueMs.map((due) => (due >= beginMs && due < endMs ? endMs - due : 0) + delayMs);
  const expected = quantile(times, 0.99) ?? Number.NaN;
  const [low, high] = [expected * (1 - STALL_MARGIN), expected * (1 + STALL_MARGIN)];
  return [
    { name: 'open loop, p99, ms', got: openP99Ms, low, high },
    { name: 'closed loop, which hides it, p99, ms', got: closedP99Ms, low: 0, high: stallMs * STALL_MARGIN },
  ];
}

/** `floorMs` is the median of the client and a server that answers at once. */
type Queue = Extract<Behaviour, { kind: 'queue' }> & Arrivals & { readonly seed: number; readonly floorMs: number };

/** A queue with one worker, by one window of an open loop with Poisson arrivals. */
export async function checkQueue(lab: Lab, queue: Queue): Promise<Finding> {
  const { serviceMs, ratePerS, durationMs, seed } = queue;
  const load = { kind: 'open', arrivals: 'poisson', ratePerS } as const;
  const window = await lab.withServer(queue, (server) => lab.measure(server, { load, durationMs, seed }));
  return {
    check: `a queue with one worker of ${serviceMs} ms, ${ratePerS}/s Poisson, undici`,
    figures: [...queueFigures(queue, window), failures(window.failures.length)],
    spoiled: window.spoiled,
  };
}

/** Median, 90th percentile and mean are those that follow from the schedule, and no more than the client's share above them. */
export function queueFigures({ floorMs, serviceMs, ...schedule }: Queue, window: Answered): Figure[] {
  const arrivalsMs = makeSchedule({ ...schedule, arrivals: 'poisson' }).map((us) => us / US_PER_MS);
  const [computed, measured] = [lindley(arrivalsMs, serviceMs), responseTimesMs(window)];
  const figure = (name: string, of: (times: readonly number[]) => number | null) =>
    timeFigure(name, of(measured) ?? Number.NaN, of(computed) ?? Number.NaN, floorMs);
  return [
    figure('p50, ms', (times) => quantile(times, 0.5)),
    figure('p90, ms', (times) => quantile(times, 0.9)),
    figure('mean, ms', mean),
  ];
}

/**
 * Response times of requests that arrive at `arrivals` and take `service` each, served first come, first served: a
 * request waits for what is left of the work before it. All in one unit of time (Lindley, "The Theory of Queues with a
 * Single Server", 1952).
 */
export function lindley(arrivals: readonly number[], service: number): number[] {
  let free = 0;
  return arrivals.map((arrival) => {
    free = Math.max(free, arrival) + service;
    return free - arrival;
  });
}
