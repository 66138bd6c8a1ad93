/** Collects one subject's values, start by start, from its windows. */
import { quantile } from '../stats/quantile.ts';
import type { Metric, SubjectRecord } from './metrics.ts';
import type { Subject } from './subject.ts';
import type { MeasuredWindow } from './window.ts';

const QUANTILES = [
  ['latencyP50Ms', 0.5],
  ['latencyP90Ms', 0.9],
  ['latencyP99Ms', 0.99],
] as const satisfies [Metric, number][];

const US_PER_MS = 1000;
const MS_PER_S = 1000;

export class Recorder {
  readonly subject: Subject;
  readonly #starts: Record<Metric, number[]>[] = [];
  readonly #clientLimited: Record<1 | 8, (boolean | null)[]> = { 1: [], 8: [] };
  #errors = 0;
  #requests = 0;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  /** Values added from here on belong to another start. */
  nextStart(): void {
    this.#starts.push({
      latencyP50Ms: [],
      latencyP90Ms: [],
      latencyP99Ms: [],
      rps1: [],
      rps8: [],
      cpuMsPerRequest: [],
      memoryMiB: [],
    });
  }

  addLatency(window: MeasuredWindow): void {
    this.#count(window);
    for (const [metric, q] of QUANTILES) this.#add(metric, (quantile(window.latenciesUs, q) ?? Number.NaN) / US_PER_MS);
  }

  /** `idleRate` is the CPU that the subject uses when nothing is asked of it, in milliseconds per millisecond. */
  addThroughput(connections: 1 | 8, window: MeasuredWindow, idleRate: number): void {
    this.#count(window);
    const requests = window.latenciesUs.length;
    const { serverCpuMs, clientCpuMs, elapsedMs } = window;
    this.#add(`rps${connections}`, (requests / elapsedMs) * MS_PER_S);
    this.#clientLimited[connections].push(serverCpuMs === null ? null : clientCpuMs > serverCpuMs);
    if (connections === 8 && serverCpuMs !== null) {
      this.#add('cpuMsPerRequest', (serverCpuMs - idleRate * elapsedMs) / requests);
    }
  }

  addMemory(mebibytes: number | null): void {
    if (mebibytes !== null) this.#add('memoryMiB', mebibytes);
  }

  record(): SubjectRecord {
    return {
      name: this.subject.name,
      kind: this.subject.kind,
      starts: this.#starts,
      errors: this.#errors,
      requests: this.#requests,
      clientLimited: { 1: majority(this.#clientLimited[1]), 8: majority(this.#clientLimited[8]) },
    };
  }

  #add(metric: Metric, value: number): void {
    this.#starts.at(-1)?.[metric].push(value);
  }

  #count(window: MeasuredWindow): void {
    this.#errors += window.errors;
    this.#requests += window.latenciesUs.length;
  }
}

/** Whether most of the windows were limited by the client; null when that is not known of one of them. */
function majority(windows: readonly (boolean | null)[]): boolean | null {
  if (windows.length === 0 || windows.includes(null)) return null;
  return windows.filter((limited) => limited === true).length * 2 > windows.length;
}
