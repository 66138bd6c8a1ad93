/** The figures of a run that advice is made from: few, so that a report can carry them into the browser. */
import type { Measurement, Results } from '../analysis/results.ts';
import { findMeasurement, isBusy, isSingleStream, type Which } from '../report/lookup.ts';
import type { Estimate } from '../stats/compare.ts';

const ONE = 'combined';

/** Pairs that are two Workers on one thread, as a service binding is on Cloudflare. */
const PAIRS = ['pair-rpc', 'pair-fetch'];

/** The share of capacity at which the 99th percentile is taken: neither idle nor at the edge. */
const P99_SHARE = 0.5;

const BYTES_PER_MB = 1e6;

/** What is not known is null, or not in its record; `one` and `two` are figures of one Worker and of two. */
export type AdviceFacts = ReturnType<typeof adviceFacts>;

export function adviceFacts(results: Results) {
  const { environment, incomplete, subjects, maxRates, deployments, breakEven, coldStart } = results;
  const pair = PAIRS.find((name) => subjects.some((subject) => subject.name === name)) ?? 'pair-rpc';
  const hop = comparison(results, pair, 'latencyP50Ms', isSingleStream);
  const cold = coldStart?.comparisons.find(({ a, b, metric }) => a === ONE && b === pair && metric === 'startMs');
  const busyCpu = (subject: string) => usable(results, subject, 'cpuMsPerRequest', isBusy);
  const [cpuMs, floorCpuMs] = [busyCpu(ONE), busyCpu('floor')?.estimate ?? null];
  const rate = (subject: string) => maxRates.find((one) => one.subject === subject)?.estimate ?? null;
  const objective = maxRates[0]?.objective;
  const workers = deployments.flatMap((deployment) => deployment.workers);
  const modelTimes = breakEven.filter(({ subject }) => subject === pair).map(({ workerMs }) => workerMs);
  const { date, commit, profile } = environment;
  return {
    run: { date, commit, profile: profile.name, starts: profile.starts },
    /** Why nothing of the run may be used; null when it may. */
    unusable: incomplete,
    /** Name of the pair that stands for two Workers. */
    pair,
    /** Median latency of two Workers minus that of one, in milliseconds, and why it is null. */
    hopMs: valid(hop)?.delta ?? null,
    whyNoHop: hop === null ? `${ONE} and ${pair} were not compared` : (hop.reason ?? 'nothing to compare'),
    /** CPU a request in milliseconds, at 8 connections; of the same HTTP code without a model; of the model alone. */
    cpuMs: { one: cpuMs, two: busyCpu(pair) },
    hopCpuMs: valid(comparison(results, pair, 'cpuMsPerRequest', isBusy))?.delta ?? null,
    floorCpuMs,
    modelMs: cpuMs === null || floorCpuMs === null ? null : cpuMs.estimate - floorCpuMs,
    p99: p99Of(results, pair),
    /** 99th percentile of an empty Worker, in milliseconds: what this set-up takes by itself. */
    emptyP99Ms: usable(results, 'null', 'latencyP99Ms', isSingleStream)?.estimate ?? null,
    /** Highest rates within the objective, in requests per second. */
    maxRate: {
      one: rate(ONE),
      two: rate(pair),
      objective: objective === undefined ? '' : `p${objective.percentile * 100} within ${objective.ms} ms`,
    },
    /** What two Workers take more from the start of a process to the first answer, in milliseconds. */
    coldDeltaMs: cold?.compared?.delta ?? null,
    /** By Worker: `combined`, `gateway`, `predictor`. */
    startupMs: Object.fromEntries(
      workers.flatMap(({ worker, startupMs }) => (startupMs === null ? [] : [[worker, startupMs]])),
    ),
    /** JavaScript heap and WebAssembly memory by Worker, in MB. */
    memoryMb: Object.fromEntries(
      workers.map(({ worker, heapBytes, wasmBytes }) => [worker, (heapBytes + wasmBytes) / BYTES_PER_MB]),
    ),
    /** Least and most of a Worker's own time among the payloads that were measured, in milliseconds. */
    modelRangeMs: modelTimes.length === 0 ? null : ([Math.min(...modelTimes), Math.max(...modelTimes)] as const),
  };
}

const isHalfLoaded: Which = (condition) => condition?.experiment === 'offered-load' && condition.share === P99_SHARE;

/** Of the pair with one Worker; null where the run compared them with something else. */
function comparison({ comparisons }: Results, pair: string, metric: Measurement['metric'], which: Which) {
  const isAsked = (one: Results['comparisons'][number]) => one.a === ONE && one.b === pair && one.metric === metric;
  return comparisons.find((one) => isAsked(one) && which(one.condition)) ?? null;
}

function valid<T extends { readonly verdict: string }>(compared: T | null): T | null {
  return compared?.verdict === 'invalid' ? null : compared;
}

/** What may be used of a measurement. */
function usable(results: Results, subject: string, metric: Measurement['metric'], which: Which): Estimate | null {
  const found = findMeasurement(results, { subject, metric, which });
  if (found === null || found.invalid !== null || found.estimate === null || found.ci95 === null) return null;
  return { estimate: found.estimate, ci95: found.ci95 };
}

/**
 * 99th percentiles of response times in milliseconds: under half of the capacity where that was measured, with one
 * connection where it was not. A closed loop never queues, so it tells little of a load.
 */
function p99Of(results: Results, pair: string) {
  for (const which of [isHalfLoaded, isSingleStream]) {
    const [one, two] = [ONE, pair].map((name) => usable(results, name, 'latencyP99Ms', which));
    if (!one || !two) continue;
    const load = findMeasurement(results, { subject: ONE, metric: 'latencyP99Ms', which })?.condition?.load;
    if (load?.kind !== 'open') return { one, two, openLoop: false, where: 'one connection, closed loop' };
    const rate = `${Math.round(load.ratePerS)} requests/s`;
    return { one, two, openLoop: true, where: `an open loop, ${rate}, half of the slowest arm's capacity` };
  }
  return null;
}
