/** Measures a server that stalls, in both loops. */
import { makeSchedule } from '../load/schedule.ts';
import { quantile } from '../stats/quantile.ts';
import type { Stall } from './judge-latency.ts';
import type { Lab } from './lab.ts';
import { percentileMs } from './response-times.ts';

export interface StallCheck {
  /** Delay of each answer outside the stall. */
  readonly delayMs: number;
  /** From the first request to the stall. */
  readonly afterMs: number;
  readonly stallMs: number;
  readonly ratePerS: number;
  readonly durationMs: number;
}

const SEED = 1;
const US_PER_MS = 1000;

/** One window of each loop, on a fresh server each. */
export async function measureStall(lab: Lab, check: StallCheck): Promise<Stall> {
  const { delayMs, afterMs, stallMs, ratePerS, durationMs } = check;
  const measure = (load: Parameters<Lab['measure']>[1]['load']) =>
    lab.withServer({ kind: 'stall', delayMs, afterMs, stallMs }, (server) =>
      lab.measure(server, { client: 'undici', load, durationMs, seed: SEED }),
    );
  const open = await measure({ kind: 'open', arrivals: 'constant', ratePerS });
  const closed = await measure({ kind: 'closed', connections: 1 });
  return {
    stallMs,
    expectedP99Ms: expectedP99Ms(check),
    openP99Ms: percentileMs(open, 0.99),
    closedP99Ms: percentileMs(closed, 0.99),
    failures: open.failures.length + closed.failures.length,
    spoiled: open.spoiled ?? closed.spoiled,
  };
}

/** What falls into the stall is answered at its end; everything else after the delay. */
function expectedP99Ms({ delayMs, afterMs, stallMs, ratePerS, durationMs }: StallCheck): number {
  const scheduleUs = makeSchedule({ arrivals: 'constant', ratePerS, durationMs, seed: SEED });
  const dueMs = scheduleUs.map((us) => us / US_PER_MS);
  const beginMs = (dueMs[0] ?? 0) + afterMs;
  const endMs = beginMs + stallMs;
  const times = dueMs.map((due) => (due >= beginMs && due < endMs ? endMs - due : 0) + delayMs);
  return quantile(times, 0.99) ?? Number.NaN;
}
