/** `bench selftest`: measures the benchmark itself on servers whose every answer is known. Exits 1 when it is wrong. */
import { parseCommandLine } from '../../models/build/command-line.ts';
import { SELFTEST } from '../manual.ts';
import { createProgress } from '../report/progress.ts';
import { blocksText } from '../report/terminal.ts';
import { lockResults } from '../run/run-folder.ts';
import { findingBlocks, outcomeOf } from '../selftest/finding.ts';
import { runSelftest } from '../selftest/run.ts';

export async function selftest(args: readonly string[]): Promise<number> {
  parseCommandLine(SELFTEST, args);
  lockResults();
  const progress = createProgress(process.stderr);
  const findings = await runSelftest((phase, done) => progress.show({ phase, done }));
  progress.end();
  process.stdout.write(`${blocksText(findingBlocks(findings))}\n`);
  return findings.some((finding) => outcomeOf(finding) === 'FAILED') ? 1 : 0;
}
