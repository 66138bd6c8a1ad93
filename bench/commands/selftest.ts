/**
 * `bench selftest`: measures the benchmark itself on servers whose every answer is known, one check after the other, on
 * the real load generator. It takes about four minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseCommandLine } from '../../models/build/command-line.ts';
import { spawnBound } from '../arms/processes.ts';
import type { Load } from '../load/window.ts';
import { SELFTEST } from '../manual.ts';
import { openBudgets, whyNoBudgets } from '../meters/cpu-budget.ts';
import { mainThreadWaitMs } from '../meters/process.ts';
import { createProgress } from '../report/progress.ts';
import { blocksText } from '../report/terminal.ts';
import { lockResults } from '../run/run-folder.ts';
import { checkAgreement, hasWrk } from '../selftest/clients.ts';
import { control, measurePairs, sameFindings } from '../selftest/comparison.ts';
import { type Finding, findingBlocks, outcomeOf } from '../selftest/finding.ts';
import { type Lab, openLab } from '../selftest/lab.ts';
import { CLOSED, checkCase, delayCases, queueCase, rateCase, stallCases } from '../selftest/latency.ts';

/** What is checked, how many seconds it takes on a quiet machine, and the check, which is told where to show the share done. */
type Check = readonly [string, number, (show: (share: number) => void) => Promise<Finding | Finding[]>];

const DELAY_MS = 10;
const ADDED_MS = 1;

const CASES = [
  ...delayCases(0, { ratePerS: 50, durationMs: 3000 }),
  ...delayCases(DELAY_MS, { ratePerS: 50, durationMs: 4000 }),
  ...stallCases({ delayMs: 2, afterMs: 4000, stallMs: 2000 }, { ratePerS: 100, durationMs: 10_000 }),
  queueCase(4, { ratePerS: 150, durationMs: 15_000 }),
  rateCase(1000, 10_000),
];

/** Fast enough that neither end sleeps between requests: both loop for the last 2 ms of every wait. */
const BUSY: Load = { kind: 'open', arrivals: 'constant', ratePerS: 600 };

const AT_ONCE = { delayMs: 0 };
/** A server against itself: its process differs from start to start as a Worker's does. */
const SAME = { a: AT_ONCE, b: AT_ONCE, load: CLOSED, starts: 25, rounds: 4, windowMs: 120, warmUpMs: 200, seed: 11 };

const UNLIKE = { a: { delayMs: 3 }, b: { delayMs: 3 + ADDED_MS } };
const CONTROL = { ...UNLIKE, starts: 10, rounds: 3, windowMs: 300, warmUpMs: 150, seed: 13 };

function checksOf(lab: Lab): Check[] {
  const noWrk = { check: 'agreement with wrk', figures: [], spoiled: 'there is no program wrk here' };
  const wrk = async () => (hasWrk() ? checkAgreement(lab, DELAY_MS, 3, 2) : noWrk);
  const controlIn = (load: Load) => async (show: (share: number) => void) =>
    control(await measurePairs(lab, { ...CONTROL, load }, show), ADDED_MS, load.kind);
  return [
    ...CASES.map((one): Check => [one.check, one.durationMs / 1000 + 1, () => checkCase(lab, one)]),
    ['CPU budget', 4, checkBudget],
    ['agreement with wrk', 18, wrk],
    ['A/A', 45, async (show) => sameFindings(await measurePairs(lab, SAME, show), 5)],
    ['positive control', 27, controlIn(BUSY)],
    ['positive control, closed loop', 27, controlIn(CLOSED)],
  ];
}

/** What a process that never waits may use, as shares of a core: its budget, less or more by a twentieth of a core. */
const [BUDGET, BUDGET_WITHIN, BUDGET_MS] = [0.5, 0.05, 3000];

/** A process with half a core, by the group's own count. Others on its core keep it from using that, which shows nothing. */
export async function checkBudget(): Promise<Finding> {
  const check = `a process that never waits, with ${BUDGET} of a core`;
  const reason = whyNoBudgets();
  if (reason !== null) return { check, figures: [], spoiled: reason };
  const budgets = openBudgets();
  const child = spawnBound('KILL', [process.execPath, '-e', 'for(;;);'], { stdio: 'ignore' });
  try {
    const [budget, pid] = [budgets.of('selftest'), child.pid ?? 0];
    budget.add([pid]);
    budget.allow(BUDGET);
    const [usedMs, waitedMs, startMs] = [budget.usedMs(), mainThreadWaitMs(pid) ?? 0, performance.now()];
    await sleep(BUDGET_MS);
    const elapsedMs = performance.now() - startMs;
    const got = (budget.usedMs() - usedMs) / elapsedMs;
    const waited = ((mainThreadWaitMs(pid) ?? 0) - waitedMs) / elapsedMs;
    const figure = { name: 'cores used', got, low: BUDGET - BUDGET_WITHIN, high: BUDGET + BUDGET_WITHIN };
    const isCrowded = got < BUDGET && waited > BUDGET_WITHIN;
    return { check, figures: [figure], spoiled: isCrowded ? 'other programs held its core' : null };
  } finally {
    child.kill('SIGKILL');
    budgets.remove();
  }
}

/** Exits with 1 when a check failed, as one that breaks off has. Nothing is left running whatever happens. */
export async function selftest(args: readonly string[]): Promise<number> {
  parseCommandLine(SELFTEST, args);
  lockResults();
  const progress = createProgress(process.stderr);
  const lab = await openLab();
  const findings: Finding[] = [];
  try {
    const checks = checksOf(lab);
    const totalS = checks.reduce((sum, [, seconds]) => sum + seconds, 0);
    let doneS = 0;
    for (const [phase, seconds, run] of checks) {
      const show = (share: number) => progress.show({ phase, done: (doneS + share * seconds) / totalS });
      show(0);
      const brokenOff = (cause: unknown) => ({ check: `${phase}: ${cause}`, figures: [], spoiled: null });
      findings.push(...[await run(show).catch(brokenOff)].flat());
      doneS += seconds;
    }
  } finally {
    lab.close();
  }
  progress.end();
  process.stdout.write(`${blocksText(findingBlocks(findings))}\n`);
  return findings.some((finding) => outcomeOf(finding) === 'FAILED') ? 1 : 0;
}
