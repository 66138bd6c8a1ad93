/** The self-test: every check one after the other, on the real load generator. It takes about four minutes. */
import { closedControlFigures, controlFigures, controlOf, measurePairs, sameFindings } from './comparison.ts';
import type { Finding } from './finding.ts';
import { checkHighRate } from './high-rate.ts';
import { type Lab, openLab } from './lab.ts';
import { CLOSED, checkDelay, checkQueue, checkStall, type Floors, measureFloors } from './latency.ts';
import { checkAgreement, hasWrk, showFloors } from './wrk.ts';

/** Shows what is being checked, and the share of the whole that is done, 0 to 1. */
export type ShowProgress = (phase: string, done: number) => void;

interface Check {
  readonly phase: string;
  /** How long it takes on a quiet machine, more or less: for the progress. */
  readonly seconds: number;
  /** `show` takes the share of it that is done. */
  run(show: (share: number) => void): Promise<Finding[]>;
}

const DELAY_MS = 10;
const ADDED_MS = 1;

/** Fast enough that neither end sleeps between requests: both loop for the last 2 ms of every wait. */
const BUSY = { kind: 'open', arrivals: 'constant', ratePerS: 600 } as const;

/** A server that answers at once against itself: its process differs from start to start as a Worker's does. */
const AT_ONCE = { kind: 'delay', delayMs: 0 } as const;
const SAME = { a: AT_ONCE, b: AT_ONCE, load: CLOSED, starts: 25, rounds: 4, windowMs: 120, warmUpMs: 200, seed: 11 };

const CONTROL = {
  a: { kind: 'delay', delayMs: 3 },
  b: { kind: 'delay', delayMs: 3 + ADDED_MS },
  ...{ starts: 10, rounds: 3, windowMs: 300, warmUpMs: 150, seed: 13 },
} as const;

function checksOf(lab: Lab): Check[] {
  // Measured by the first check, and used by some of the others.
  let floors: Floors = { fetch: Number.NaN, undici: Number.NaN };
  const delay = async () => {
    floors = await measureFloors(lab, 2000);
    return checkDelay(lab, { delayMs: DELAY_MS, ratePerS: 50, closedMs: 3000, openMs: 5000, floors });
  };
  const wrk = async () => {
    if (!hasWrk()) return [{ check: 'agreement with wrk', figures: [], spoiled: 'there is no program wrk here' }];
    return [
      ...(await checkAgreement(lab, { delayMs: DELAY_MS, rounds: 3, windowS: 2 })),
      await showFloors(lab, floors, 2),
    ];
  };
  const stall = async () => [
    await checkStall(lab, { delayMs: 2, afterMs: 4000, stallMs: 2000, ratePerS: 100, durationMs: 10_000 }),
  ];
  const queue = async () => [
    await checkQueue(lab, { serviceMs: 4, ratePerS: 150, durationMs: 15_000, seed: 5, floorMs: floors.undici }),
  ];
  const same: Check['run'] = async (show) => sameFindings(await measurePairs(lab, SAME, show), 5);
  const control: Check['run'] = async (show) => {
    const open = await measurePairs(lab, { ...CONTROL, load: BUSY }, (share) => show(share / 2));
    const closed = await measurePairs(lab, { ...CONTROL, load: CLOSED }, (share) => show((1 + share) / 2));
    const check = `positive control: the same server and ${ADDED_MS} ms more`;
    return [
      {
        check: `${check}, both asked equally often`,
        figures: controlFigures(controlOf(open, ADDED_MS)),
        spoiled: open.spoiled,
      },
      {
        check: `${check}, in a closed loop, which asks the slower one less often`,
        figures: closedControlFigures(controlOf(closed, ADDED_MS)),
        spoiled: closed.spoiled,
      },
    ];
  };
  const highRate = async () => [await checkHighRate(lab, 1000, 10_000)];
  return [
    { phase: 'known delay', seconds: 25, run: delay },
    { phase: 'wrk', seconds: 20, run: wrk },
    { phase: 'stall', seconds: 21, run: stall },
    { phase: 'queue', seconds: 16, run: queue },
    { phase: 'A/A', seconds: 45, run: same },
    { phase: 'positive control', seconds: 54, run: control },
    { phase: 'high rate', seconds: 20, run: highRate },
  ];
}

/** A check that breaks off has failed. Nothing is left running whatever happens. */
export async function runSelftest(show: ShowProgress): Promise<Finding[]> {
  const lab = await openLab();
  const findings: Finding[] = [];
  try {
    const checks = checksOf(lab);
    const totalS = checks.reduce((sum, { seconds }) => sum + seconds, 0);
    let doneS = 0;
    for (const { phase, seconds, run } of checks) {
      const showShare = (share: number) => show(phase, (doneS + share * seconds) / totalS);
      showShare(0);
      findings.push(...(await run(showShare).catch((cause: unknown) => [brokenOff(phase, cause)])));
      doneS += seconds;
    }
  } finally {
    lab.close();
  }
  return findings;
}

function brokenOff(phase: string, cause: unknown): Finding {
  const note = cause instanceof Error ? cause.message : String(cause);
  return { check: phase, figures: [], spoiled: null, note };
}
