/** What a Worker uses against the limits of Cloudflare's free plan: figures, verdicts, and both as a document. */
import type { Block } from '../report/document.ts';
import type { FootprintRecord } from '../run/records.ts';

/** What was measured of one Worker: start-up and CPU of the first request, above that of an empty Worker, as medians over starts. */
export interface WorkerFigures extends Omit<FootprintRecord, 'kind' | 'startupMs'> {
  readonly startupMs: number;
  /** Mean over the requests of a window; null, as the other, where the system does not tell. */
  readonly requestCpuMs: number | null;
  readonly firstRequestCpuMs: number | null;
}

/** One figure of one Worker; null for what was not measured, and for a limit that the plan does not have. */
export type LimitLine = ReturnType<typeof judge>[number];

const BYTES_PER_MIB = 2 ** 20;
const BYTES_PER_MB = 1e6;

/**
 * Each figure with its limit of the free plan (https://developers.cloudflare.com/workers/platform/limits/), which has had
 * none of compressed size since 2026-09-04, and what follows. A value at its limit is within it.
 */
export function judge({ worker, ...used }: WorkerFigures) {
  const line = (figure: string, value: number | null, limit: number | null, unit: string) => {
    const verdict = value === null ? 'not measured' : limit === null ? 'no limit' : value > limit ? 'EXCEEDED' : 'ok';
    return { worker, figure, value, limit, unit, verdict };
  };
  return [
    line('bundle', used.rawBytes / BYTES_PER_MIB, 64, 'MiB'),
    line('bundle, gzip', used.gzipBytes / BYTES_PER_MIB, null, 'MiB'),
    line('start-up CPU', used.startupMs, 1000, 'ms'),
    line('isolate heap', used.heapBytes / BYTES_PER_MB, null, 'MB'),
    line('wasm memory', used.wasmBytes / BYTES_PER_MB, null, 'MB'),
    line('heap + wasm', (used.heapBytes + used.wasmBytes) / BYTES_PER_MB, 128, 'MB'),
    line('CPU a request', used.requestCpuMs, 10, 'ms'),
    line('CPU, first request, above empty', used.firstRequestCpuMs, 10, 'ms'),
  ];
}

/** Whether a limit is exceeded anywhere. */
export function isExceeded(lines: readonly LimitLine[]): boolean {
  return lines.some(({ verdict }) => verdict === 'EXCEEDED');
}

/** The table, how it was measured, and the answer. */
export function limitBlocks(lines: readonly LimitLine[], starts: number, windowMs: number): Block[] {
  const rows = lines.map(({ worker, figure, verdict, value, limit, unit }) => {
    const measured = value === null ? '-' : `${value.toFixed(2)} ${unit}`;
    const most = limit === null ? '-' : `${limit} ${unit}`;
    const share = value === null || limit === null ? '-' : `${((100 * value) / limit).toFixed(1)}%`;
    return [worker, figure, verdict, measured, most, share];
  });
  const exceeded = lines.filter((line) => isExceeded([line])).map(({ worker, figure }) => `${worker}, ${figure}`);
  const note =
    `Start-up CPU: the "Active" of wrangler check startup, median of ${starts}. CPU of requests: all threads of workerd, its own ` +
    `HTTP among it; a mean over ${windowMs / 1000} s. First request: the thread that runs the Worker, above that of an empty ` +
    `Worker, median of ${starts} starts. The gateway's are those of both Workers of the pair, as Cloudflare adds them up. ` +
    "Measured on this machine; Cloudflare's processors differ.";
  const within = 'WITHIN THE FREE PLAN, as far as it was measured.';
  return [
    { kind: 'table', head: ['Worker', 'figure', 'verdict', 'measured', 'free plan', 'used'], rows, words: 3 },
    { kind: 'note', text: note },
    { kind: 'answer', text: exceeded.length === 0 ? within : `EXCEEDED: ${exceeded.join('; ')}.` },
  ];
}
