/** `npm run limits`, small but for real: real bundles, real profiles, real processes. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LIMITED_WORKERS, measureLimits } from '../../bench/experiments/limits.ts';
import { isExceeded, judge } from '../../bench/meters/free-plan.ts';
import { ROOT } from '../../models/build/workers.ts';
import { run } from '../support/run.ts';

const ON_LINUX = process.platform === 'linux';

function measure(worker: 'combined' | 'gateway', phases: string[]) {
  const show = (phase: string) => phases.push(phase);
  return measureLimits({ worker, root: ROOT, model: 'auto-mpg', starts: 1, windowMs: 100 }, show);
}

describe('the limits', () => {
  it('of combined are measured: bundle, start-up, memory, CPU', async () => {
    const phases: string[] = [];
    const figures = await measure('combined', phases);
    expect(figures.rawBytes).toBeGreaterThan(1e6);
    expect(figures.gzipBytes).toBeLessThan(figures.rawBytes);
    expect(figures.startupMs).toBeGreaterThan(1);
    expect(figures.heapBytes).toBeGreaterThan(1e5);
    expect(figures.wasmBytes).toBeGreaterThanOrEqual(2 ** 24);
    if (ON_LINUX) {
      expect(figures.requestCpuMs).toBeGreaterThan(0);
      expect(figures.firstRequestCpuMs).toBeGreaterThan(figures.requestCpuMs ?? Number.NaN);
    }
    expect(phases).toEqual(['start-up of combined', 'memory of combined', 'first request of combined']);
  });

  it('of the gateway have no wasm memory, and its bundle is far from the limit', async () => {
    const figures = await measure('gateway', []);
    expect(figures).toMatchObject({ worker: 'gateway', wasmBytes: 0 });
    expect(figures.heapBytes).toBeGreaterThan(1e5);
    expect(isExceeded(judge(figures).filter(({ figure }) => figure === 'bundle'))).toBe(false);
  });

  it('are of each Worker that is deployed to Cloudflare', () => {
    expect([...LIMITED_WORKERS].sort()).toEqual(
      readdirSync(`${ROOT}/workers`, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !['deno', 'site'].includes(entry.name))
        .map(({ name }) => name)
        .sort(),
    );
  });

  it.each([
    [['--models', 'nope'], /^limits: --models: expected a list of auto-mpg.*, got "nope"\n$/],
    [['--runtime', 'nope'], /^limits: --runtime: expected .*stock.*, got "nope"\n$/],
    [['--modles', 'a'], /^limits: Unknown option '--modles'/],
    [['more'], /^limits: expected no operand, got "more"/],
  ])('end with code 2 for %j', async (args, message) => {
    const { code, stdout, stderr } = await run('node', ['bench/limits.ts', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
