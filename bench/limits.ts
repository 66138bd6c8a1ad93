/** `npm run limits`: what each Worker uses against the limits of Cloudflare's free plan. */
import { build } from '../models/build/build.ts';
import { parseCommandLine } from '../models/build/command-line.ts';
import { readBuildOptions } from '../models/build/options.ts';
import { runCommand } from '../models/build/program.ts';
import { askedModel } from './arms/arms.ts';
import { exitWhenTold } from './arms/processes.ts';
import { LIMITS } from './manual.ts';
import { isExceeded, judge, type LimitLine, limitBlocks } from './meters/free-plan.ts';
import { createProgress } from './report/progress.ts';
import { blocksText } from './report/terminal.ts';
import { lockResults } from './run/run-folder.ts';

const [STARTS, WINDOW_MS] = [5, 2000];

exitWhenTold();
await runCommand(LIMITS, async (args) => {
  const options = readBuildOptions(parseCommandLine(LIMITS, args).values);
  lockResults();
  // Imported only here: it brings wrangler in, which takes a while.
  const { LIMITED_WORKERS, measureLimits } = await import('./experiments/limits.ts');
  const { root } = await build(options);
  const progress = createProgress(process.stderr);
  const lines: LimitLine[] = [];
  let step = 0;
  const show = (phase: string) => progress.show({ phase, done: step++ / (LIMITED_WORKERS.length * (2 * STARTS + 1)) });
  for (const worker of LIMITED_WORKERS) {
    const plan = { worker, root, model: askedModel(options), starts: STARTS, windowMs: WINDOW_MS };
    lines.push(...judge(await measureLimits(plan, show)));
  }
  progress.end();
  process.stdout.write(`${blocksText(limitBlocks(lines, STARTS, WINDOW_MS))}\n`);
  return isExceeded(lines) ? 1 : 0;
});
