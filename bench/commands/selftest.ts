/** `bench selftest`: measures the benchmark itself on servers whose every answer is known. Exits 1 when it is wrong. */
import { UsageError } from '../../models/build/options.ts';
import { createProgress } from '../report/progress.ts';
import { lockResults } from '../run/run-folder.ts';
import { renderSelftest } from '../selftest/render.ts';
import { runSelftest } from '../selftest/run.ts';

export async function selftest(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw new UsageError(`selftest: expected no arguments, got ${JSON.stringify(args.join(' '))}`);
  lockResults();
  const progress = createProgress('selftest', process.stderr);
  const lines = await runSelftest((phase, done) => progress.show({ phase, done }));
  progress.end();
  process.stdout.write(renderSelftest(lines));
  return lines.some(({ ok }) => ok === false) ? 1 : 0;
}
