/** `bench advise [RUN] [--rate N ...]`: which deployment to choose in the user's own situation, from a run's figures. */
import { join } from 'node:path';
import { advise as adviseOn } from '../advice/advise.ts';
import { adviceFacts } from '../advice/facts.ts';
import { readAdviceOptions } from '../advice/options.ts';
import { renderAdvice } from '../advice/render.ts';
import { readResults } from '../analysis/read-results.ts';
import { RESULTS_FOLDER } from '../run/run-folder.ts';

export async function advise(args: readonly string[]): Promise<number> {
  const { run = join(RESULTS_FOLDER, 'latest'), situation } = readAdviceOptions(args);
  const advice = adviseOn(adviceFacts(readResults(run)), situation);
  process.stdout.write(renderAdvice(advice, situation));
  return 0;
}
