/**
 * Deploys Workers in the order given: `npm run deploy` and `npm run deploy:pair`. Arguments after `--` go to every
 * wrangler call, so that `--dry-run` means all of them. Ends with the exit code of the first call that fails.
 */
import { spawnSync } from 'node:child_process';
import { configFile, isWorkerName, ROOT } from '../models/build/workers.ts';

const args = process.argv.slice(2);
const end = args.indexOf('--');
const workers = args.slice(0, end).filter(isWorkerName);
const options = args.slice(end + 1);

for (const worker of workers) {
  process.stderr.write(`deploy: ${worker}\n`);
  const { status, error } = spawnSync('wrangler', ['deploy', '--config', configFile(worker), ...options], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (error !== undefined) process.stderr.write(`deploy: wrangler did not start: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}
