/** The metrics: their names in results.json, units, which way is better, and the smallest difference that matters. */

export const METRICS = {
  latencyP50Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  latencyP90Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  latencyP99Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  rps1: { unit: 'rps', lowerIsBetter: false, marginFloor: 0 },
  rps8: { unit: 'rps', lowerIsBetter: false, marginFloor: 0 },
  cpuMsPerRequest: { unit: 'ms', lowerIsBetter: true, marginFloor: 0 },
  memoryMiB: { unit: 'MiB', lowerIsBetter: true, marginFloor: 0 },
} as const;

export type Metric = keyof typeof METRICS;

export const METRIC_NAMES = Object.keys(METRICS).filter((name): name is Metric => Object.hasOwn(METRICS, name));

/** One subject's values in one start: a value a round, or none where the metric cannot be measured. */
export type StartValues = Readonly<Record<Metric, readonly number[]>>;

/** Everything measured of one subject. */
export interface SubjectRecord {
  readonly name: string;
  readonly kind: 'arm' | 'target';
  /** Values by start, in order. */
  readonly starts: readonly StartValues[];
  /** Wrong answers and failed requests in the measuring windows. */
  readonly errors: number;
  readonly requests: number;
  /** Whether the client used more CPU than the server, by connections; null where the server's is not known. */
  readonly clientLimited: Readonly<Record<1 | 8, boolean | null>>;
}
