/** The figures of a run that advice is made from: few, so that a report can carry them into the browser. */
import type { Measurement, Results } from '../analysis/results.ts';
import { findMeasurement, isBusy, isSingleStream, type Which } from '../report/lookup.ts';
import type { Estimate } from '../stats/compare.ts';

/** A figure of either deployment: one Worker, two Workers. */
export interface OneAndTwo<T> {
  readonly one: T;
  readonly two: T;
}

/** 99th percentiles of response times in milliseconds, under a load. */
export interface P99Facts extends OneAndTwo<Estimate> {
  /** Whether requests arrived on a schedule: a closed loop never queues, so it tells little of a load. */
  readonly openLoop: boolean;
  /** What was measured, for people to read. */
  readonly where: string;
}

/** What is not known is null, or not in its record. */
export interface AdviceFacts {
  readonly run: {
    readonly date: string;
    readonly commit: string | null;
    readonly profile: string;
    readonly starts: number;
  };
  /** Why nothing of the run may be used; null when it may. */
  readonly unusable: string | null;
  /** Name of the pair that stands for two Workers. */
  readonly pair: string;
  /** Median latency of two Workers minus that of one, in milliseconds, and why it is null. */
  readonly hopMs: Estimate | null;
  readonly whyNoHop: string;
  /** CPU a request in milliseconds, at 8 connections. */
  readonly cpuMs: OneAndTwo<Estimate | null>;
  readonly hopCpuMs: Estimate | null;
  /** CPU a request of the same HTTP code without the runtime and a model. */
  readonly floorCpuMs: number | null;
  readonly p99: P99Facts | null;
  /** 99th percentile of an empty Worker, in milliseconds: what this set-up takes by itself. */
  readonly emptyP99Ms: number | null;
  /** Highest rates within the objective, in requests per second. */
  readonly maxRate: OneAndTwo<number | null> & { readonly objective: string };
  /** Process start to first answer above an empty Worker's, in milliseconds. */
  readonly coldMs: OneAndTwo<Estimate | null>;
  /** What two Workers take more of that, from pairs of starts. */
  readonly coldDeltaMs: Estimate | null;
  /** By Worker: `combined`, `gateway`, `predictor`. */
  readonly startupMs: Readonly<Record<string, number>>;
  /** JavaScript heap and WebAssembly memory by Worker, in MB. */
  readonly memoryMb: Readonly<Record<string, number>>;
  /** Least and most of a Worker's own time among the payloads that were measured, in milliseconds. */
  readonly modelRangeMs: readonly [number, number] | null;
  /** The cheap route's p99 beside a loaded model, two Workers relative to one. */
  readonly cheapBeside: { readonly ratio: Estimate; readonly verdict: string } | null;
}

const ONE = 'combined';

/** Pairs that are two Workers on one thread, as a service binding is on Cloudflare. */
const PAIRS = ['pair-rpc', 'pair-fetch'];

/** The share of capacity at which the 99th percentile is taken: neither idle nor at the edge. */
const P99_SHARE = 0.5;

const BYTES_PER_MB = 1e6;

export function adviceFacts(results: Results): AdviceFacts {
  const { environment, incomplete, subjects, maxRates, deployments, breakEven, coldStart } = results;
  const pair = PAIRS.find((name) => subjects.some((subject) => subject.name === name)) ?? 'pair-rpc';
  const hop = comparison(results, pair, 'latencyP50Ms', isSingleStream);
  const cheap = comparison(results, pair, 'latencyP99Ms', isBeside);
  const busyCpu = (subject: string) => usable(results, subject, 'cpuMsPerRequest', isBusy);
  const rate = (subject: string) => maxRates.find((one) => one.subject === subject)?.estimate ?? null;
  const cold = (subject: string): Estimate | null => {
    const above = coldStart?.arms.find(({ arm }) => arm === subject)?.minusEmpty?.startMs ?? null;
    return above === null ? null : { estimate: above.mean, ci95: [above.low, above.high] };
  };
  const coldDelta = coldStart?.comparisons.find(({ a, b, metric }) => a === ONE && b === pair && metric === 'startMs');
  const objective = maxRates[0]?.objective;
  const workers = deployments.flatMap((deployment) => deployment.workers);
  const modelTimes = breakEven.filter(({ subject }) => subject === pair).map(({ workerMs }) => workerMs);
  const { date, commit, profile } = environment;
  return {
    run: { date, commit, profile: profile.name, starts: profile.starts },
    unusable: incomplete,
    pair,
    hopMs: valid(hop)?.delta ?? null,
    whyNoHop: hop === null ? `${ONE} and ${pair} were not compared` : (hop.reason ?? 'nothing to compare'),
    cpuMs: { one: busyCpu(ONE), two: busyCpu(pair) },
    hopCpuMs: valid(comparison(results, pair, 'cpuMsPerRequest', isBusy))?.delta ?? null,
    floorCpuMs: busyCpu('floor')?.estimate ?? null,
    p99: p99Of(results, pair),
    emptyP99Ms: usable(results, 'null', 'latencyP99Ms', isSingleStream)?.estimate ?? null,
    maxRate: {
      one: rate(ONE),
      two: rate(pair),
      objective: objective === undefined ? '' : `p${objective.percentile * 100} within ${objective.ms} ms`,
    },
    coldMs: { one: cold(ONE), two: cold(pair) },
    coldDeltaMs: coldDelta?.compared?.delta ?? null,
    startupMs: Object.fromEntries(
      workers.flatMap(({ worker, startupMs }) => (startupMs === null ? [] : [[worker, startupMs]])),
    ),
    memoryMb: Object.fromEntries(
      workers.map(({ worker, heapBytes, wasmBytes }) => [worker, (heapBytes + wasmBytes) / BYTES_PER_MB]),
    ),
    modelRangeMs: modelTimes.length === 0 ? null : [Math.min(...modelTimes), Math.max(...modelTimes)],
    cheapBeside: cheap?.ratio && valid(cheap) ? { ratio: cheap.ratio, verdict: cheap.verdict } : null,
  };
}

const isBeside: Which = (condition) => condition?.experiment === 'mixed' && condition.beside !== undefined;
const isHalfLoaded: Which = (condition) => condition?.experiment === 'offered-load' && condition.share === P99_SHARE;

/** Of the pair with one Worker; null where the run compared them with something else. */
function comparison({ comparisons }: Results, pair: string, metric: Measurement['metric'], which: Which) {
  return (
    comparisons.find((one) => one.a === ONE && one.b === pair && one.metric === metric && which(one.condition)) ?? null
  );
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

/** Under half of the capacity where that was measured, with one connection where it was not. */
function p99Of(results: Results, pair: string): P99Facts | null {
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
