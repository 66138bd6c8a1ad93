/** What a Worker uses against the limits of Cloudflare's free plan, as a table with verdicts. */
import { columns } from './format.ts';

/** What was measured of one Worker; null where the system does not tell. */
export interface WorkerFigures {
  readonly worker: string;
  readonly rawBytes: number;
  readonly gzipBytes: number;
  /** Median over starts, in milliseconds. */
  readonly startupMs: number;
  /** JavaScript heap and WebAssembly memory of the isolate after the first right answer. */
  readonly heapBytes: number;
  readonly wasmBytes: number;
  /** Mean over the requests of a window, in milliseconds. */
  readonly requestCpuMs: number | null;
  /** Above that of an empty Worker: medians over starts, in milliseconds. */
  readonly firstRequestCpuMs: number | null;
}

/** One figure of one Worker. */
export interface LimitLine {
  readonly worker: string;
  readonly figure: string;
  readonly value: number | null;
  /** Null where the plan has no limit. */
  readonly limit: number | null;
  readonly unit: 'MiB' | 'MB' | 'ms';
  readonly verdict: 'ok' | 'EXCEEDED' | 'no limit' | 'not measured';
}

/**
 * The free plan: https://developers.cloudflare.com/workers/platform/limits/. It has had no limit of compressed size
 * since 2026-09-04.
 */
export const FREE_PLAN = { bundleMiB: 64, startupMs: 1000, isolateMB: 128, requestCpuMs: 10 } as const;

const BYTES_PER_MIB = 2 ** 20;
const BYTES_PER_MB = 1e6;

/** Each figure with its limit and what follows. A value at its limit is within it. */
export function judge(figures: WorkerFigures): LimitLine[] {
  const line = (figure: string, value: number | null, limit: number | null, unit: LimitLine['unit']) => ({
    worker: figures.worker,
    figure,
    value,
    limit,
    unit,
    verdict: verdictOf(value, limit),
  });
  return [
    line('bundle', figures.rawBytes / BYTES_PER_MIB, FREE_PLAN.bundleMiB, 'MiB'),
    line('bundle, gzip', figures.gzipBytes / BYTES_PER_MIB, null, 'MiB'),
    line('start-up CPU', figures.startupMs, FREE_PLAN.startupMs, 'ms'),
    line('isolate heap', figures.heapBytes / BYTES_PER_MB, null, 'MB'),
    line('wasm memory', figures.wasmBytes / BYTES_PER_MB, null, 'MB'),
    line('heap + wasm', (figures.heapBytes + figures.wasmBytes) / BYTES_PER_MB, FREE_PLAN.isolateMB, 'MB'),
    line('CPU a request', figures.requestCpuMs, FREE_PLAN.requestCpuMs, 'ms'),
    line('CPU, first request, above empty', figures.firstRequestCpuMs, FREE_PLAN.requestCpuMs, 'ms'),
  ];
}

function verdictOf(value: number | null, limit: number | null): LimitLine['verdict'] {
  if (value === null) return 'not measured';
  if (limit === null) return 'no limit';
  return value > limit ? 'EXCEEDED' : 'ok';
}

/** Whether a limit is exceeded anywhere. */
export function isExceeded(lines: readonly LimitLine[]): boolean {
  return lines.some(({ verdict }) => verdict === 'EXCEEDED');
}

/** The table, of at most 100 columns. */
export function renderLimits(lines: readonly LimitLine[]): string {
  const number = (value: number | null, unit: string) => (value === null ? '-' : `${value.toFixed(2)} ${unit}`);
  const limit = (line: LimitLine) => (line.limit === null ? '-' : `${line.limit} ${line.unit}`);
  const rows = lines.map((line) => [
    line.worker,
    line.figure,
    number(line.value, line.unit),
    limit(line),
    line.value === null || line.limit === null ? '-' : `${((100 * line.value) / line.limit).toFixed(1)}%`,
    line.verdict,
  ]);
  return [...columns([['Worker', 'figure', 'measured', 'free plan', 'used', 'verdict'], ...rows], 2), ''].join('\n');
}
