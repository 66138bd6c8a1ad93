/** The figures of a run that advice is made from: few, so that a report can carry them into the browser. */
import type { Metric } from '../analysis/metrics.ts';
import { checkedQueue } from '../analysis/queue.ts';
import type { Results } from '../analysis/results.ts';
import { findMeasurement, isBusy, isSingleStream, type Which } from '../report/lookup.ts';
import type { Estimate } from '../stats/compare.ts';

const ONE = 'combined';

/** Half of the capacity: neither idle nor at the edge. */
const isHalfLoaded: Which = (condition) => condition?.experiment === 'offered-load' && condition.share === 0.5;

const BYTES_PER_MB = 1e6;

/** Times in milliseconds. `one` and `two` are of one Worker and of two; what is not known is null, or not in its record. */
export type AdviceFacts = ReturnType<typeof adviceFacts>;

export function adviceFacts(results: Results) {
  const { environment, incomplete, subjects, comparisons, maxRates, deployments, coldStart } = results;
  const { date, commit, profile } = environment;
  // Two Workers on one thread, as a service binding is on Cloudflare.
  const pair = ['pair-rpc', 'pair-fetch'].find((name) => subjects.some((one) => one.name === name)) ?? 'pair-rpc';
  // Undefined where the run compared them with something else.
  const primary = (metric: Metric) =>
    comparisons.find((one) => one.primary && one.metric === metric && one.a === ONE && one.b === pair);
  const [hop, hopCpu] = [primary('latencyP50Ms'), primary('cpuMsPerRequest')];
  const cold = coldStart?.comparisons.find(({ a, b, metric }) => a === ONE && b === pair && metric === 'startMs');
  const cpuMs = (subject: string) => usable(results, subject, 'cpuMsPerRequest', isBusy)?.estimate ?? null;
  const [one, two, floor] = [cpuMs(ONE), cpuMs(pair), cpuMs('floor')];
  const maxRate = (subject: string) => maxRates.find((rate) => rate.subject === subject);
  const [oneMost, twoMost] = [maxRate(ONE), maxRate(pair)];
  const { percentile, ms } = maxRates[0]?.objective ?? { percentile: 0, ms: 0 };
  const workers = deployments.flatMap((deployment) => deployment.workers);
  return {
    run: `the run of ${date}, commit ${commit ?? 'unknown'}, profile ${profile.name}, ${profile.starts} starts`,
    /** Why nothing of the run may be used; null when it may. */
    unusable: incomplete,
    /** Name of the pair that stands for two Workers. */
    pair,
    /** Median latency of two Workers minus that of one, and why it is null. */
    hopMs: hop?.verdict === 'invalid' ? null : (hop?.delta ?? null),
    whyNoHop: hop === undefined ? `${ONE} and ${pair} were not compared` : (hop.reason ?? 'nothing to compare'),
    /** CPU a request at 8 connections; of the same HTTP code without a model; of the model alone. */
    cpuMs: { one, two, floor },
    hopCpuMs: hopCpu?.verdict === 'invalid' ? null : (hopCpu?.delta ?? null),
    modelMs: one === null || floor === null ? null : one - floor,
    /** CPU of a gateway whose predictor is at a URL; null where that was not measured. */
    gatewayCpuMs:
      cpuMs('pair-http') && (subjects.find(({ name }) => name === 'pair-http')?.cpuMsByRole?.gateway ?? null),
    p99: p99Of(results, pair, isHalfLoaded) ?? p99Of(results, pair, isSingleStream),
    /** For rates that were not measured; null where there is nothing to hold it against. */
    queue: { one: checkedQueue(results, ONE), two: checkedQueue(results, pair) },
    /** Highest rates within the objective, in requests per second; at least so much where the generator was at its limit. */
    maxRate: {
      one: oneMost?.estimate ?? null,
      two: twoMost?.estimate ?? null,
      isAtLeast: [oneMost, twoMost].some((most) => most !== undefined && most.generatorLimited > 0),
      objective: `p${percentile * 100} within ${ms} ms`,
    },
    /** What two Workers take more from the start of a process to the first answer. */
    coldDeltaMs: cold?.compared?.delta ?? null,
    /** By Worker: start-up, and JavaScript heap and WebAssembly memory in MB. */
    workers: Object.fromEntries(
      workers.map(({ worker, startupMs, heapBytes, wasmBytes }) => {
        return [worker, { startupMs, memoryMb: (heapBytes + wasmBytes) / BYTES_PER_MB }];
      }),
    ),
  };
}

/** What may be used of a measurement. */
function usable(results: Results, subject: string, metric: Metric, which: Which): Estimate | null {
  const found = findMeasurement(results, { subject, metric, which });
  if (found === null || found.invalid !== null || found.estimate === null || found.ci95 === null) return null;
  return { estimate: found.estimate, ci95: found.ci95 };
}

/** 99th percentiles of response times. A closed loop never queues, so it tells little of a load. */
function p99Of(results: Results, pair: string, which: Which) {
  const [one, two] = [ONE, pair].map((subject) => usable(results, subject, 'latencyP99Ms', which));
  return one && two ? { one, two, isOpenLoop: which === isHalfLoaded } : null;
}
