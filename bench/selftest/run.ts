/** Runs the self-test: every check one after the other, on the real load generator. It takes about three minutes. */
import { checksOf } from './checks.ts';
import { openLab } from './lab.ts';
import { judged, type SelftestLine } from './line.ts';

/** Shows what is being checked, and the share of the whole that is done, 0 to 1. */
export type ShowProgress = (phase: string, done: number) => void;

/** A check that breaks off is a line that failed. Nothing is left running whatever happens. */
export async function runSelftest(show: ShowProgress): Promise<SelftestLine[]> {
  const lab = await openLab();
  const lines: SelftestLine[] = [];
  try {
    const checks = checksOf(lab);
    const totalS = checks.reduce((sum, { seconds }) => sum + seconds, 0);
    let doneS = 0;
    for (const { phase, seconds, run } of checks) {
      const showShare = (share: number) => show(phase, (doneS + share * seconds) / totalS);
      showShare(0);
      lines.push(...(await run(showShare).catch((cause: unknown) => [brokenOff(phase, cause)])));
      doneS += seconds;
    }
  } finally {
    lab.close();
  }
  return lines;
}

function brokenOff(phase: string, cause: unknown): SelftestLine {
  const got = cause instanceof Error ? cause.message : String(cause);
  return judged({ check: phase, ok: false, expected: 'a check that comes to its end', got });
}
