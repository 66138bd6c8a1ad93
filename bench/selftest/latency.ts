/**
 * Whether measured latencies are those of servers whose answers are known: a delay, a stall, a queue. Every margin is wide enough
 * for a busy machine of two cores, and far smaller than the fault that it is there to find.
 */
import { CLIENT_NAMES, type ClientName } from '../load/client.ts';
import { makeSchedule } from '../load/loops.ts';
import type { Load } from '../load/window.ts';
import { mean } from '../stats/interval.ts';
import { quantile } from '../stats/quantile.ts';
import { type Figure, type Finding, failures, shown } from './finding.ts';
import { type Answered, type Lab, percentileMs, responseTimesMs } from './lab.ts';

export const CLOSED: Load = { kind: 'closed', connections: 1 };
const US_PER_MS = 1000;

/** Beyond the client's floor: waking up after a pause takes longer than going on. */
const WAKE_MS = 2;

/** Times are rounded to microseconds at both ends. */
const ROUNDING_MS = 0.002;

/** Median of each client on a server that answers at once, in milliseconds. */
export type Floors = Readonly<Record<ClientName, number>>;

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

/** Not below the time computed, and no more than the client's floor and 2 ms above it. */
export function timeFigure(
  name: string,
  got: number,
  { computedMs, floorMs }: { computedMs: number; floorMs: number },
): Figure {
  return { name, got, low: computedMs - ROUNDING_MS, high: computedMs + floorMs + WAKE_MS };
}

export interface DelayCheck {
  readonly delayMs: number;
  readonly ratePerS: number;
  readonly closedMs: number;
  readonly openMs: number;
  readonly floors: Floors;
}

/** A known delay, by one window for each client and loop. */
export function checkDelay(lab: Lab, check: DelayCheck): Promise<Finding[]> {
  const { delayMs, ratePerS, closedMs, openMs, floors } = check;
  const loops = [
    { loop: 'closed loop', load: CLOSED, durationMs: closedMs },
    { loop: `${ratePerS}/s`, load: { kind: 'open', arrivals: 'constant', ratePerS }, durationMs: openMs },
  ] as const;
  return lab.withServer({ kind: 'delay', delayMs }, async (server) => {
    const findings: Finding[] = [];
    for (const { loop, ...asked } of loops) {
      for (const client of CLIENT_NAMES) {
        const window = await lab.measure(server, { client, ...asked });
        const known = { computedMs: delayMs, floorMs: floors[client] };
        const figures = [
          timeFigure('p50, ms', percentileMs(window, 0.5), known),
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

export interface StallCheck {
  /** Delay of each answer outside the stall. */
  readonly delayMs: number;
  /** From the first request to the stall. */
  readonly afterMs: number;
  readonly stallMs: number;
  readonly ratePerS: number;
  readonly durationMs: number;
}

const STALL_MARGIN = 0.1;

/** A stall, by one window of each loop, on a fresh server each. */
export async function checkStall(lab: Lab, check: StallCheck): Promise<Finding> {
  const { ratePerS, durationMs, ...stall } = check;
  const measure = (load: Load) =>
    lab.withServer({ kind: 'stall', ...stall }, (server) =>
      lab.measure(server, { client: 'undici', load, durationMs }),
    );
  const open = await measure({ kind: 'open', arrivals: 'constant', ratePerS });
  const closed = await measure(CLOSED);
  return {
    check: `a server that stalls for ${check.stallMs} ms, constant arrivals, undici`,
    figures: [
      ...stallFigures(check, { openP99Ms: percentileMs(open, 0.99), closedP99Ms: percentileMs(closed, 0.99) }),
      failures(open.failures.length + closed.failures.length),
    ],
    spoiled: open.spoiled ?? closed.spoiled,
  };
}

/** The open loop's 99th percentile holds the stall, within 10%; the closed loop's stays below a tenth of it. */
export function stallFigures(check: StallCheck, got: { openP99Ms: number; closedP99Ms: number }): Figure[] {
  const expected = expectedP99Ms(check);
  const [low, high] = [expected * (1 - STALL_MARGIN), expected * (1 + STALL_MARGIN)];
  return [
    { name: 'open loop, p99, ms', got: got.openP99Ms, low, high },
    { name: 'closed loop, which hides it, p99, ms', got: got.closedP99Ms, low: 0, high: check.stallMs * STALL_MARGIN },
  ];
}

/** What falls into the stall is answered at its end; everything else after the delay. */
function expectedP99Ms({ delayMs, afterMs, stallMs, ratePerS, durationMs }: StallCheck): number {
  const scheduleUs = makeSchedule({ arrivals: 'constant', ratePerS, durationMs, seed: 1 });
  const dueMs = scheduleUs.map((us) => us / US_PER_MS);
  const beginMs = (dueMs[0] ?? 0) + afterMs;
  const endMs = beginMs + stallMs;
  const times = dueMs.map((due) => (due >= beginMs && due < endMs ? endMs - due : 0) + delayMs);
  return quantile(times, 0.99) ?? Number.NaN;
}

export interface QueueCheck {
  readonly serviceMs: number;
  readonly ratePerS: number;
  readonly durationMs: number;
  readonly seed: number;
  /** Median of the client and a server that answers at once. */
  readonly floorMs: number;
}

/** A queue with one worker, by one window of an open loop with Poisson arrivals. */
export async function checkQueue(lab: Lab, check: QueueCheck): Promise<Finding> {
  const { serviceMs, ratePerS, durationMs, seed } = check;
  const load = { kind: 'open', arrivals: 'poisson', ratePerS } as const;
  const window = await lab.withServer({ kind: 'queue', serviceMs }, (server) =>
    lab.measure(server, { client: 'undici', load, durationMs, seed }),
  );
  return {
    check: `a queue with one worker of ${serviceMs} ms, ${ratePerS}/s Poisson, undici`,
    figures: [...queueFigures(check, window), failures(window.failures.length)],
    spoiled: window.spoiled,
  };
}

/** Median, 90th percentile and mean are those that follow from the schedule, and no more than the client's share above them. */
export function queueFigures({ floorMs, serviceMs, ...schedule }: QueueCheck, window: Answered): Figure[] {
  const arrivalsMs = makeSchedule({ arrivals: 'poisson', ...schedule }).map((us) => us / US_PER_MS);
  const [computed, measured] = [lindley(arrivalsMs, serviceMs), responseTimesMs(window)];
  const figure = (name: string, of: (times: readonly number[]) => number | null) =>
    timeFigure(name, of(measured) ?? Number.NaN, { computedMs: of(computed) ?? Number.NaN, floorMs });
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
