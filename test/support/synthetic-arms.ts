/** What is true of the arms of the synthetic run: the figures that its analysis must find again. */

/** What is true of an arm: the medians, CPU and memory that a report of the run must find again. */
export interface SyntheticArm {
  readonly name: string;
  /** Time of a request of the default workload that does not queue, without the client's share. */
  readonly serviceMs: number;
  readonly cpuMs: number;
  /** Of all its processes, nothing subtracted. */
  readonly memoryMiB: number;
  readonly startMs: number;
}

/** The hop of pair-rpc takes 0.3 ms and 0.12 ms of CPU; that of pair-fetch half as much again. */
export const SYNTHETIC_ARMS: readonly SyntheticArm[] = [
  { name: 'null', serviceMs: 0.15, cpuMs: 0.1, memoryMiB: 40, startMs: 40 },
  { name: 'floor', serviceMs: 0.25, cpuMs: 0.2, memoryMiB: 48, startMs: 50 },
  { name: 'combined', serviceMs: 0.65, cpuMs: 0.5, memoryMiB: 90, startMs: 90 },
  { name: 'pair-rpc', serviceMs: 0.95, cpuMs: 0.62, memoryMiB: 110, startMs: 110 },
  { name: 'pair-fetch', serviceMs: 1.1, cpuMs: 0.68, memoryMiB: 112, startMs: 115 },
];

/** Milliseconds that a workload adds to the default one's, in every arm with a model, and its body in bytes. */
export const SYNTHETIC_PAYLOADS = {
  'auto-mpg': { extraMs: -0.1, requestBytes: 60 },
  penguins: { extraMs: 0, requestBytes: 80 },
  'penguins-64': { extraMs: 0.4, requestBytes: 3_900 },
  'penguins-64-binary': { extraMs: 0.2, requestBytes: 2_200 },
  digits: { extraMs: 5, requestBytes: 5_400 },
} as const;

/** What a client adds to every request, and the CPU that it takes, in milliseconds. */
export const SYNTHETIC_CLIENTS = { fetch: { ms: 0.35, cpuMs: 0.48 }, undici: { ms: 0.1, cpuMs: 0.1 } } as const;
