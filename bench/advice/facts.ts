/** The figures of a run that advice is made from: few, so that a report can carry them into the browser. */
import type { ComparisonResult, Condition, Measurement, Results } from '../analysis/results.ts';
import { findMeasurement, isBusy, isSingleStream, type Which } from '../report/lookup.ts';
import type { Estimate } from '../stats/compare.ts';
import type { MeanInterval } from '../stats/interval.ts';

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
  /** Median latency of two Workers minus that of one, in milliseconds; null where it is not known. */
  readonly hopMs: Estimate | null;
  /** Why `hopMs` is null. */
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
  const { environment, incomplete, subjects } = results;
  const pair = PAIRS.find((name) => subjects.some((subject) => subject.name === name)) ?? 'pair-rpc';
  const hop = comparison(results, pair, 'latencyP50Ms', isSingleStream);
  const hopCpu = comparison(results, pair, 'cpuMsPerRequest', isBusy);
  const busyCpu = (subject: string) =>
    usable(findMeasurement(results, { subject, metric: 'cpuMsPerRequest', which: isBusy }));
  const rate = (subject: string) => results.maxRates.find((one) => one.subject === subject)?.estimate ?? null;
  return {
    run: {
      date: environment.date,
      commit: environment.commit,
      profile: environment.profile.name,
      starts: environment.profile.starts,
    },
    unusable: incomplete,
    pair,
    hopMs: hop !== null && hop.verdict !== 'invalid' ? hop.delta : null,
    whyNoHop: hop === null ? `${ONE} and ${pair} were not compared` : (hop.reason ?? 'nothing to compare'),
    cpuMs: { one: busyCpu(ONE), two: busyCpu(pair) },
    hopCpuMs: hopCpu !== null && hopCpu.verdict !== 'invalid' ? hopCpu.delta : null,
    floorCpuMs: busyCpu('floor')?.estimate ?? null,
    p99: p99Of(results, pair),
    emptyP99Ms:
      usable(findMeasurement(results, { subject: 'null', metric: 'latencyP99Ms', which: isSingleStream }))?.estimate ??
      null,
    maxRate: { one: rate(ONE), two: rate(pair), objective: objectiveOf(results) },
    coldMs: { one: coldOf(results, ONE), two: coldOf(results, pair) },
    coldDeltaMs: coldDeltaOf(results, pair),
    ...workersOf(results),
    modelRangeMs: modelRange(results, pair),
    cheapBeside: cheapBeside(results, pair),
  };
}

/** Of the pair with one Worker; null where the run compared them with something else. */
function comparison({ comparisons }: Results, pair: string, metric: Measurement['metric'], which: Which) {
  const isIt = (one: ComparisonResult) =>
    one.a === ONE && one.b === pair && one.metric === metric && which(one.condition);
  return comparisons.find(isIt) ?? null;
}

/** What may be used of a measurement. */
function usable(found: Measurement | null): Estimate | null {
  if (found === null || found.invalid !== null || found.estimate === null || found.ci95 === null) return null;
  return { estimate: found.estimate, ci95: found.ci95 };
}

/** Under half of the capacity where that was measured, with one connection where it was not. */
function p99Of(results: Results, pair: string): P99Facts | null {
  const isHalf: Which = (condition) => condition?.experiment === 'offered-load' && condition.share === P99_SHARE;
  const both = (which: Which) => {
    const [one, two] = [ONE, pair].map((name) =>
      usable(findMeasurement(results, { subject: name, metric: 'latencyP99Ms', which })),
    );
    return one && two ? { one, two } : null;
  };
  const open = both(isHalf);
  if (open !== null) return { ...open, openLoop: true, where: `an open loop, ${describe(results, isHalf)}` };
  const closed = both(isSingleStream);
  return closed === null ? null : { ...closed, openLoop: false, where: 'one connection, closed loop' };
}

function describe(results: Results, which: Which): string {
  const condition: Condition | null =
    findMeasurement(results, { subject: ONE, metric: 'latencyP99Ms', which })?.condition ?? null;
  const rate = condition?.load.kind === 'open' ? `${Math.round(condition.load.ratePerS)} requests/s, ` : '';
  return `${rate}half of the slowest arm's capacity`;
}

function objectiveOf({ maxRates }: Results): string {
  const [first] = maxRates;
  return first === undefined ? '' : `p${first.objective.percentile * 100} within ${first.objective.ms} ms`;
}

function coldOf({ coldStart }: Results, subject: string): Estimate | null {
  const above: MeanInterval | null = coldStart?.arms.find(({ arm }) => arm === subject)?.minusEmpty?.startMs ?? null;
  return above === null ? null : { estimate: above.mean, ci95: [above.low, above.high] };
}

function coldDeltaOf({ coldStart }: Results, pair: string): Estimate | null {
  const found = coldStart?.comparisons.find(({ a, b, metric }) => a === ONE && b === pair && metric === 'startMs');
  return found?.compared?.delta ?? null;
}

function workersOf({ deployments }: Results): Pick<AdviceFacts, 'startupMs' | 'memoryMb'> {
  const workers = deployments.flatMap((deployment) => deployment.workers);
  return {
    startupMs: Object.fromEntries(
      workers.flatMap(({ worker, startupMs }) => (startupMs === null ? [] : [[worker, startupMs]])),
    ),
    memoryMb: Object.fromEntries(
      workers.map(({ worker, heapBytes, wasmBytes }) => [worker, (heapBytes + wasmBytes) / BYTES_PER_MB]),
    ),
  };
}

function modelRange({ breakEven }: Results, pair: string): readonly [number, number] | null {
  const times = breakEven.filter(({ subject }) => subject === pair).map(({ workerMs }) => workerMs);
  return times.length === 0 ? null : [Math.min(...times), Math.max(...times)];
}

function cheapBeside(results: Results, pair: string): AdviceFacts['cheapBeside'] {
  const isBeside: Which = (condition) => condition?.experiment === 'mixed' && condition.beside !== undefined;
  const found = comparison(results, pair, 'latencyP99Ms', isBeside);
  return found?.ratio == null || found.verdict === 'invalid' ? null : { ratio: found.ratio, verdict: found.verdict };
}
