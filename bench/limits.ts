/**
 * `npm run limits [-- --runtime R --models a,b]`: what each Worker uses against the limits of Cloudflare's free plan.
 * Exit codes: 0 within all of them, 1 one is exceeded or the measuring failed, 2 wrong use.
 */
import { build } from '../models/build/build.ts';
import { type BuildOptions, parseBuildOptions, UsageError } from '../models/build/options.ts';
import { askedModel } from './arms/arms.ts';
import { exitOnSignals, whenParentGone } from './arms/processes.ts';
import { LIMITED_WORKERS, measureLimits } from './experiments/limits.ts';
import { isExceeded, judge, type LimitLine, limitBlocks } from './meters/free-plan.ts';
import { createProgress } from './report/progress.ts';
import { blocksText } from './report/terminal.ts';
import { lockResults } from './run/run-folder.ts';

const METHOD = { starts: 5, windowMs: 2000 };

async function measure(options: BuildOptions): Promise<LimitLine[]> {
  lockResults();
  const { root } = await build(options);
  const progress = createProgress(process.stderr);
  const lines: LimitLine[] = [];
  for (const [i, worker] of LIMITED_WORKERS.entries()) {
    const onProgress = (phase: string, done: number) =>
      progress.show({ phase, done: (i + done) / LIMITED_WORKERS.length });
    const plan = { worker, root, model: askedModel(options), ...METHOD, onProgress };
    lines.push(...judge(await measureLimits(plan)));
  }
  progress.end();
  return lines;
}

whenParentGone(() => process.exit(1));
exitOnSignals();
try {
  const lines = await measure(parseBuildOptions(process.argv.slice(2)));
  process.stdout.write(`${blocksText(limitBlocks(lines, METHOD))}\n`);
  process.exitCode = isExceeded(lines) ? 1 : 0;
} catch (cause) {
  process.stderr.write(`limits: ${cause instanceof Error ? cause.message : cause}\n`);
  process.exitCode = cause instanceof UsageError ? 2 : 1;
}
