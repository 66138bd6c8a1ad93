/** The metrics: their names in results.json, units, which way is better, and the smallest difference that matters. */

export const METRICS = {
  /** Response time: last byte - intended. In a closed loop it is the service time. */
  latencyP50Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  latencyP90Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  latencyP99Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  /** Service time: last byte - sent; of open loops only, where it differs. */
  serviceP50Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  serviceP99Ms: { unit: 'ms', lowerIsBetter: true, marginFloor: 0.05 },
  /** Right answers a second. */
  rps: { unit: 'rps', lowerIsBetter: false, marginFloor: 0 },
  /** CPU of the subject's processes, idle subtracted. */
  cpuMsPerRequest: { unit: 'ms', lowerIsBetter: true, marginFloor: 0 },
  /** Proportional set size after the first right answer, above that of the empty Worker. */
  memoryMiB: { unit: 'MiB', lowerIsBetter: true, marginFloor: 0 },
} as const;

export type Metric = keyof typeof METRICS;
