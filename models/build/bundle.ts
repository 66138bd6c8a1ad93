/** Bundles Workers exactly as a deployment would, by wrangler's own dry run. */
import { spawn } from 'node:child_process';
import { bundleFolder, configFile, type WorkerName } from './workers.ts';

/** Set for the wranglers that a build starts, so that the `[build]` command of a configuration ends at once. */
export const INSIDE_BUILD = 'TANDEM_INSIDE_BUILD';

/** Writes the production bundle of `worker` in the build under `root`. Rejects with wrangler's own output. */
export async function bundle(worker: WorkerName, root: string): Promise<void> {
  const outdir = bundleFolder(worker, root);
  await wrangler(['deploy', '--dry-run', '--outdir', outdir, '--config', configFile(worker, root)], root);
}

/** Runs wrangler in `folder`, without the `[build]` command of its configuration, and resolves with what it prints. */
export function wrangler(args: readonly string[], folder: string): Promise<string> {
  const env = { ...process.env, [INSIDE_BUILD]: '1', WRANGLER_SEND_METRICS: 'false' };
  const child = spawn('wrangler', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const printed = Buffer.concat(output).toString();
      if (code === 0) resolve(printed);
      else reject(new Error(`wrangler ${args.join(' ')} ended with ${code}:\n${printed}`));
    });
  });
}
