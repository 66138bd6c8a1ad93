/** Measures a queue with one worker, and computes what its response times must be. */
import { makeSchedule } from '../load/schedule.ts';
import { mean } from '../stats/interval.ts';
import { quantile } from '../stats/quantile.ts';
import type { Queue, Summary } from './judge-latency.ts';
import type { Lab } from './lab.ts';
import { lindley } from './lindley.ts';
import { responseTimesMs } from './response-times.ts';

export interface QueueCheck {
  readonly serviceMs: number;
  readonly ratePerS: number;
  readonly durationMs: number;
  readonly seed: number;
  readonly floorMs: number;
}

const US_PER_MS = 1000;

/** One window of an open loop with Poisson arrivals. */
export async function measureQueue(lab: Lab, check: QueueCheck): Promise<Queue> {
  const { serviceMs, ratePerS, durationMs, seed, floorMs } = check;
  const schedule = { arrivals: 'poisson', ratePerS } as const;
  const window = await lab.withServer({ kind: 'queue', serviceMs }, (server) =>
    lab.measure(server, { client: 'undici', load: { kind: 'open', ...schedule }, durationMs, seed }),
  );
  const arrivalsMs = makeSchedule({ ...schedule, durationMs, seed }).map((us) => us / US_PER_MS);
  const { failures, spoiled } = window;
  return {
    serviceMs,
    ratePerS,
    floorMs,
    computed: summaryOf(lindley(arrivalsMs, serviceMs)),
    measured: summaryOf(responseTimesMs(window)),
    failures: failures.length,
    spoiled,
  };
}

function summaryOf(times: readonly number[]): Summary {
  const at = (q: number) => quantile(times, q) ?? Number.NaN;
  return { p50: at(0.5), p90: at(0.9), mean: mean(times) };
}
