/**
 * Deploys Workers in the order given: `npm run deploy` and `npm run deploy:pair`. Arguments after the names go to every
 * wrangler call, so that `-- --dry-run` means all of them. Ends with the exit code of the first call that fails.
 */
import { spawnSync } from 'node:child_process';
import { configFile, isWorkerName, ROOT } from '../models/build/workers.ts';

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => !isWorkerName(arg));
const workers = args.slice(0, firstOption === -1 ? args.length : firstOption).filter(isWorkerName);
const options = args.slice(workers.length);

for (const worker of workers) {
  process.stderr.write(`deploy: ${worker}\n`);
  const { status } = spawnSync('wrangler', ['deploy', '--config', configFile(worker), ...options], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
