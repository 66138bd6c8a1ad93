/** The checks of the self-test in order, each from its measuring to its lines. */
import { compare } from '../stats/compare.ts';
import { relabelledFalsePositives } from '../stats/false-positives.ts';
import { measureAgreement, measureWrkFloor } from './agreement-check.ts';
import { type Floors, measureFloors, measureKnownDelay } from './delay-check.ts';
import { judgeAgreement, showFloors } from './judge-clients.ts';
import { judgeControl, judgeLive, judgeRelabelled } from './judge-comparison.ts';
import { judgeKnownDelay, judgeQueue, judgeStall } from './judge-latency.ts';
import { judgeHighRate } from './judge-rate.ts';
import type { Lab } from './lab.ts';
import { type SelftestLine, skipped } from './line.ts';
import { measurePairs } from './pairs.ts';
import { measureQueue } from './queue-check.ts';
import { measureHighRate } from './rate-check.ts';
import { measureStall } from './stall-check.ts';
import { hasWrk } from './wrk.ts';

/** Shows the share of a check that is done. */
type ShowShare = (share: number) => void;

export interface Check {
  readonly phase: string;
  /** How long it takes on a quiet machine, more or less: for the progress. */
  readonly seconds: number;
  run(show: ShowShare): Promise<SelftestLine[]>;
}

const DELAY_MS = 10;
const CONTROL_MS = 3;
const ADDED_MS = 1;

/** Starts of a server against itself; each live comparison takes its own share of them. */
const SAME = { starts: 25, rounds: 4, windowMs: 120, warmUpMs: 200, seed: 11 };
const LIVE_COMPARISONS = 5;

const LATENCY = { lowerIsBetter: true, marginFloor: 0 };

/** The floors are measured by the first check, and used by some of the others. */
export function checksOf(lab: Lab): Check[] {
  let floors: Floors = { fetch: Number.NaN, undici: Number.NaN };
  const delays = async () => {
    floors = await measureFloors(lab, 2000);
    const check = { delayMs: DELAY_MS, ratePerS: 50, closedMs: 3000, openMs: 5000, floors };
    return (await measureKnownDelay(lab, check)).map(judgeKnownDelay);
  };
  const queue = async () => {
    const check = { serviceMs: 4, ratePerS: 150, durationMs: 15_000, seed: 5, floorMs: floors.undici };
    return [judgeQueue(await measureQueue(lab, check))];
  };
  return [
    { phase: 'known delay', seconds: 25, run: delays },
    { phase: 'wrk', seconds: 20, run: () => agreement(lab, floors) },
    { phase: 'stall', seconds: 21, run: () => stall(lab) },
    { phase: 'queue', seconds: 16, run: queue },
    { phase: 'A/A', seconds: 45, run: (show) => same(lab, show) },
    { phase: 'positive control', seconds: 27, run: (show) => control(lab, show) },
    { phase: 'high rate', seconds: 20, run: () => highRate(lab) },
  ];
}

async function agreement(lab: Lab, floors: Floors): Promise<SelftestLine[]> {
  if (!hasWrk()) return [skipped('agreement with wrk', 'there is no program wrk here')];
  const measured = await measureAgreement(lab, { delayMs: DELAY_MS, rounds: 3, windowS: 2 });
  return [...measured.map(judgeAgreement), showFloors(await measureWrkFloor(lab, floors, 2))];
}

async function stall(lab: Lab): Promise<SelftestLine[]> {
  const check = { delayMs: 2, afterMs: 4000, stallMs: 2000, ratePerS: 100, durationMs: 10_000 };
  return [judgeStall(await measureStall(lab, check))];
}

/** A server that answers at once against itself, whose process differs from start to start as a Worker's does. */
async function same(lab: Lab, show: ShowShare): Promise<SelftestLine[]> {
  const server = { kind: 'delay', delayMs: 0 } as const;
  const onStart = (start: number) => show((start - 1) / SAME.starts);
  const { units } = await measurePairs(lab, { a: server, b: server, ...SAME }, onStart);
  const each = SAME.starts / LIVE_COMPARISONS;
  const parts = Array.from({ length: LIVE_COMPARISONS }, (_, i) => units.slice(i * each, (i + 1) * each));
  const found = parts.filter((part) => (compare(part, LATENCY)?.pValue ?? 0) < 0.05).length;
  const relabelled = relabelledFalsePositives(units, { relabellings: 1000, seed: SAME.seed });
  return [judgeRelabelled(relabelled, units.length), judgeLive({ found, of: parts.length }, each)];
}

async function control(lab: Lab, show: ShowShare): Promise<SelftestLine[]> {
  const a = { kind: 'delay', delayMs: CONTROL_MS } as const;
  const b = { kind: 'delay', delayMs: CONTROL_MS + ADDED_MS } as const;
  const check = { a, b, starts: 10, rounds: 3, windowMs: 300, warmUpMs: 150, seed: 13 };
  const { units, ...pairs } = await measurePairs(lab, check, (start) => show((start - 1) / check.starts));
  return [judgeControl({ addedMs: ADDED_MS, compared: compare(units, LATENCY), ...pairs })];
}

async function highRate(lab: Lab): Promise<SelftestLine[]> {
  return [judgeHighRate(await measureHighRate(lab, { ratePerS: 1000, durationMs: 10_000 }))];
}
