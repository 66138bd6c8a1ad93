/** The entrypoint `Meter`: it answers over the binding that is added here, and nowhere else. */
import { describe, expect, it } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { type MiniflareStart, startWorkers } from '../../models/build/start-workers.ts';
import { configFile, MODEL_WORKERS, WORKER_NAMES } from '../../models/build/workers.ts';
import { ask } from '../support/ask.ts';

const WASM_PAGE_BYTES = 65_536;

const PLANS: readonly (readonly [string, readonly MiniflareStart[]])[] = [
  ['combined', [{ worker: 'combined' }]],
  ['pair', [{ worker: 'gateway' }, { worker: 'predictor' }]],
  ['predictor', [{ worker: 'predictor' }]],
];

describe.each(PLANS)('%s', (_, starts) => {
  it('tells the size of its WebAssembly memory, in whole pages, and no HTTP route does', async () => {
    const workers = await startWorkers(starts);
    try {
      for (const { worker } of starts) {
        const bytes = await workers.wasmBytes(worker);
        expect(bytes % WASM_PAGE_BYTES).toBe(0);
        expect(bytes > 0).toBe(MODEL_WORKERS.includes(worker));
      }
      for (const path of ['/memory', '/meter', '/Meter', '/Meter/memory', '/v2/meter', '/v2/memory']) {
        for (const method of ['GET', 'POST']) {
          const { status, text } = await ask(workers.url, { method, path });
          expect([404, 405]).toContain(status);
          expect(text).not.toContain('wasmBytes');
        }
      }
    } finally {
      await workers.stop();
    }
  });
});

it('the methods of the predictor do not have it', async () => {
  const workers = await startWorkers([{ worker: 'gateway' }, { worker: 'predictor' }]);
  try {
    const { PREDICTOR } = await workers.miniflare.getBindings<{ PREDICTOR: { memory(): Promise<unknown> } }>(
      'tandem-gateway',
    );
    await expect(async () => PREDICTOR.memory()).rejects.toThrow(/does not implement/);
  } finally {
    await workers.stop();
  }
});

it('no configuration binds it', () => {
  for (const worker of WORKER_NAMES) {
    const { services = [] } = unstable_readConfig({ config: configFile(worker) });
    expect(services.filter(({ entrypoint }: { entrypoint?: string }) => entrypoint !== undefined)).toEqual([]);
  }
});
