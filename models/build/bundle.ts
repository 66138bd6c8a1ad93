/** Bundles Workers exactly as a deployment would, by wrangler's own dry run. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { bundleFolder, configFile, ROOT, type WorkerName } from './workers.ts';

/** Set for the wranglers that a build starts, so that the `[build]` command of a configuration ends at once. */
export const INSIDE_BUILD = 'TANDEM_INSIDE_BUILD';

/** Writes the production bundle of `worker`. Rejects with wrangler's own output. */
export function bundle(worker: WorkerName): Promise<void> {
  const outdir = bundleFolder(worker);
  rmSync(outdir, { recursive: true, force: true });
  return wrangler(['deploy', '--dry-run', '--outdir', outdir, '--config', configFile(worker)]);
}

function wrangler(args: readonly string[]): Promise<void> {
  const env = { ...process.env, [INSIDE_BUILD]: '1', WRANGLER_SEND_METRICS: 'false' };
  const child = spawn('wrangler', args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`wrangler ${args.join(' ')} ended with ${code}:\n${Buffer.concat(output)}`));
    });
  });
}
