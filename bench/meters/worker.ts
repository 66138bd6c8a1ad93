/** What one Worker costs: its size and the CPU of its global scope, as `wrangler check startup` has them, and its heap. */
import { once } from 'node:events';
import { join } from 'node:path';
import * as v from 'valibot';
import { wrangler } from '../../models/build/bundle.ts';
import { configFile, type WorkerName } from '../../models/build/workers.ts';
import { withTemporaryFolder } from '../arms/processes.ts';

const BYTES_PER_KIB = 1024;

type StartupPlan = Readonly<{ worker: WorkerName; root: string; runs: number; onRun: () => void }>;

/**
 * Profiles the start of a Worker of the build in the folder `root`, so many times; `onRun` is called before each. Rejects
 * with wrangler's output when it fails.
 */
export function measureStartup({ worker, root, runs, onRun }: StartupPlan) {
  return withTemporaryFolder('startup', async (folder) => {
    const bundle = join(folder, 'worker.bundle');
    await wrangler(['deploy', '--dry-run', '--outfile', bundle, '--config', configFile(worker, root)], root);
    const printed: string[] = [];
    while (printed.length < runs) {
      onRun();
      const outfile = join(folder, 'startup.cpuprofile');
      printed.push(await wrangler(['check', 'startup', '--worker', bundle, '--outfile', outfile], root));
    }
    return readStartup(printed);
  });
}

/** Reads the figures off what wrangler prints, once for each run. Throws when they are not there. */
export function readStartup(printed: readonly string[]) {
  const [first = ''] = printed;
  return {
    rawBytes: read(first, /Bundle: ([\d.]+) KiB/) * BYTES_PER_KIB,
    gzipBytes: read(first, /gzip: ([\d.]+) KiB/) * BYTES_PER_KIB,
    /** Samples of each start-up profile in which the Worker was not idle, in milliseconds. */
    activeMs: printed.map((text) => read(text, /Active: ([\d.]+) ms/)),
  };
}

function read(text: string, pattern: RegExp): number {
  const [, figure] = pattern.exec(text) ?? [];
  if (figure === undefined) throw new Error(`wrangler check startup: expected ${pattern}, got:\n${text}`);
  return Number(figure);
}

const Answer = v.object({ result: v.object({ usedSize: v.number(), backingStorageSize: v.optional(v.number(), 0) }) });

/**
 * Bytes in use in the isolate behind an inspector's WebSocket: objects, and array buffers beside them. WebAssembly memory
 * counts nowhere here. Rejects when nobody answers as expected.
 */
export async function heapBytes(inspector: URL): Promise<number> {
  const socket = new WebSocket(inspector);
  try {
    await once(socket, 'open');
    const answer = once(socket, 'message');
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.getHeapUsage' }));
    const [{ data }] = await answer;
    const { usedSize, backingStorageSize } = v.parse(Answer, JSON.parse(data)).result;
    return usedSize + backingStorageSize;
  } finally {
    socket.close();
  }
}
