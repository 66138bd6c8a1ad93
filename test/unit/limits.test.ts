import { expect, it } from 'vitest';
import { isExceeded, judge, type LimitLine, limitBlocks, type WorkerFigures } from '../../bench/meters/free-plan.ts';
import { readStartup } from '../../bench/meters/worker.ts';
import { blocksText } from '../../bench/report/terminal.ts';

const MIB = 2 ** 20;

function textOf(lines: readonly LimitLine[]): string {
  return blocksText(limitBlocks(lines, 5, 2000));
}

/** Figures at their limits exactly. */
const AT_LIMITS: WorkerFigures = {
  worker: 'combined',
  rawBytes: 64 * MIB,
  gzipBytes: 20 * MIB,
  startupMs: 1000,
  heapBytes: 100e6,
  wasmBytes: 28e6,
  requestCpuMs: 10,
  firstRequestCpuMs: 10,
};

it('takes figures up to their limits', () => {
  const lines = judge(AT_LIMITS);
  expect(isExceeded(lines)).toBe(false);
  expect(new Set(lines.map(({ verdict }) => verdict))).toEqual(new Set(['ok', 'no limit']));
});

it.each([
  ['bundle', { rawBytes: 64 * MIB + 1024 }],
  ['start-up CPU', { startupMs: 1000.1 }],
  ['heap + wasm', { heapBytes: 100.1e6 }],
  ['heap + wasm', { wasmBytes: 28.1e6 }],
  ['CPU a request', { requestCpuMs: 10.01 }],
  ['CPU, first request, above empty', { firstRequestCpuMs: 10.01 }],
] as const)('finds %s exceeded by %o, and nothing else', (figure, change) => {
  const lines = judge({ ...AT_LIMITS, ...change });
  expect(isExceeded(lines)).toBe(true);
  expect(lines.filter(({ verdict }) => verdict === 'EXCEEDED').map((line) => line.figure)).toEqual([figure]);
});

it('says so where the system does not tell, and takes it for no excess', () => {
  const lines = judge({ ...AT_LIMITS, requestCpuMs: null, firstRequestCpuMs: null });
  expect(isExceeded(lines)).toBe(false);
  expect(lines.slice(-2).map(({ verdict }) => verdict)).toEqual(['not measured', 'not measured']);
  expect(textOf(lines)).toMatch(/CPU a request +not measured +- +10 ms +-/);
  expect(textOf(lines)).toMatch(/^WITHIN THE FREE PLAN, as far as it was measured\.$/m);
});

it('prints each figure with its limit, the share of it and the verdict', () => {
  const text = textOf(judge({ ...AT_LIMITS, rawBytes: 16 * MIB, startupMs: 1500 }));
  expect(text).toMatch(/^combined +bundle +ok +16\.00 MiB +64 MiB +25\.0%$/m);
  expect(text).toMatch(/^combined +start-up CPU +EXCEEDED +1500\.00 ms +1000 ms +150\.0%$/m);
  expect(text).toMatch(/^combined +wasm memory +no limit +28\.00 MB +- +-$/m);
  expect(text).toMatch(/a mean over 2 s/);
  expect(text.split('\n').at(-1)).toBe('EXCEEDED: combined, start-up CPU.');
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

it('reads the figures that wrangler prints, and throws when they are not there', () => {
  const printed = (active: string) =>
    `│ Bundle: 48.50 KiB / gzip: 17.25 KiB\n│   Active: ${active} ms (including 0.0 ms garbage)\n`;
  expect(readStartup([printed('10.9'), printed('12.0')])).toEqual({
    rawBytes: 48.5 * 1024,
    gzipBytes: 17.25 * 1024,
    activeMs: [10.9, 12],
  });
  expect(() => readStartup(['│ Bundle: 48.50 KiB / gzip: 17.25 KiB'])).toThrow(/expected \/Active.*got:\n│ Bundle/);
});
