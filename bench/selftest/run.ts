/** The self-test: every check one after the other, on the real load generator. It takes about four minutes. */
import type { Load } from '../load/window.ts';
import { checkAgreement, checkHighRate, hasWrk, showFloors } from './clients.ts';
import { closedControl, measurePairs, openControl, sameFindings } from './comparison.ts';
import type { Finding } from './finding.ts';
import { type Lab, openLab } from './lab.ts';
import { CLOSED, checkDelay, checkQueue, checkStall, type Floors, measureFloors } from './latency.ts';

/** What is checked, how many seconds it takes on a quiet machine, and the check, which is told where to show the share done. */
type Check = readonly [string, number, (show: (share: number) => void) => Promise<Finding | Finding[]>];

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

const STALL = { kind: 'stall', delayMs: 2, afterMs: 4000, stallMs: 2000, ratePerS: 100, durationMs: 10_000 } as const;
const QUEUE = { kind: 'queue', serviceMs: 4, ratePerS: 150, durationMs: 15_000, seed: 5 } as const;

function checksOf(lab: Lab): Check[] {
  // Measured by the first check, and used by some of the others.
  let floors: Floors = { fetch: Number.NaN, undici: Number.NaN };
  const delay = async () => {
    floors = await measureFloors(lab, 2000);
    return checkDelay(lab, { delayMs: DELAY_MS, ratePerS: 50, durationMs: 4000, floors });
  };
  const wrk = async () =>
    hasWrk()
      ? [...(await checkAgreement(lab, { delayMs: DELAY_MS, rounds: 3, windowS: 2 })), await showFloors(lab, floors, 2)]
      : { check: 'agreement with wrk', figures: [], spoiled: 'there is no program wrk here' };
  const pairs = (load: Load, show: (share: number) => void) => measurePairs(lab, { ...CONTROL, load }, show);
  return [
    ['known delay', 25, delay],
    ['wrk', 20, wrk],
    ['stall', 21, () => checkStall(lab, STALL)],
    ['queue', 16, () => checkQueue(lab, { ...QUEUE, floorMs: floors.undici })],
    ['A/A', 45, async (show) => sameFindings(await measurePairs(lab, SAME, show), 5)],
    ['positive control', 27, async (show) => openControl(await pairs(BUSY, show), ADDED_MS)],
    ['positive control, closed loop', 27, async (show) => closedControl(await pairs(CLOSED, show), ADDED_MS)],
    ['high rate', 20, () => checkHighRate(lab, 1000, 10_000)],
  ];
}

/**
 * A check that breaks off has failed. Nothing is left running whatever happens. `show` is told what is being checked, and
 * the share of the whole that is done, 0 to 1.
 */
export async function runSelftest(show: (phase: string, done: number) => void): Promise<Finding[]> {
  const lab = await openLab();
  const findings: Finding[] = [];
  try {
    const checks = checksOf(lab);
    const totalS = checks.reduce((sum, [, seconds]) => sum + seconds, 0);
    let doneS = 0;
    for (const [phase, seconds, run] of checks) {
      const showShare = (share: number) => show(phase, (doneS + share * seconds) / totalS);
      showShare(0);
      const brokenOff = (cause: unknown): Finding => ({
        check: phase,
        figures: [],
        spoiled: null,
        note: String(cause),
      });
      findings.push(...[await run(showShare).catch(brokenOff)].flat());
      doneS += seconds;
    }
  } finally {
    lab.close();
  }
  return findings;
}
