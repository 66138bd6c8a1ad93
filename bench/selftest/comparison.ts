/**
 * Whether the comparison finds a difference where there is none, and the one that there is. A rule that a right benchmark
 * breaks once in twenty runs is no test, so every interval that is judged here is one of 99.9%.
 *
 * The positive control is judged in an open loop, where 3 ms against 4 ms reads 1.002 ms (0.991 to 1.014). In a closed loop
 * it reads 1.096 (1.085 to 1.108), while the servers' own clocks say 1.000 in both. The closed loop asks the slower server
 * less often, and the less often client, kernel and server do their work, the longer it takes them: code and data have left the
 * caches, and who sleeps has to be woken. What they add to an answer was 0.21 ms at once, 0.60 after 3 ms, 0.70 after 4, 0.9
 * after 6 and 1.2 from 10 ms on. At 600 requests a second both servers do the same work at the same pace and neither end
 * sleeps: 0.11 ms for either delay. A client that spins through a closed loop adds less (0.14, 0.36, 0.42, 0.5), and it grows
 * all the same; beside other programs it loses its turn on the core and its medians are 4 to 12 ms. A loop of idle priority on
 * either core changes nothing. So the clients stay as they are. Measured in two cores of an AMD EPYC guest, all processes
 * under a real-time policy (chrt -f), so that no other program ran in between.
 */
import { balancedOrder, seedOf } from '../experiments/plan.ts';
import type { Load } from '../load/window.ts';
import { compare, type PairedUnit } from '../stats/compare.ts';
import { binomialProbability } from '../stats/distributions.ts';
import { mean, meanInterval, wilson } from '../stats/interval.ts';
import { type FalsePositives, relabelledFalsePositives } from '../stats/resampling.ts';
import { type Figure, type Finding, shown } from './finding.ts';
import type { Behaviour, KnownServer } from './known-server.ts';
import { type Asked, type Lab, percentileMs } from './lab.ts';

/** What each comparison's interval leaves out by chance, and what is judged by. */
const LEVEL = 0.05;
const CONFIDENCE = 0.999;

export interface PairsCheck {
  readonly a: Behaviour;
  readonly b: Behaviour;
  readonly load: Load;
  readonly starts: number;
  readonly rounds: number;
  readonly windowMs: number;
  readonly warmUpMs: number;
  readonly seed: number;
}

export interface Pairs {
  /** Medians in milliseconds, by start and round. */
  readonly units: readonly PairedUnit[];
  /** Difference b - a of the medians that the servers themselves saw, by start. */
  readonly serversDeltasMs: readonly number[];
  /** What spoiled a window of them, the last such thing; or null. */
  readonly spoiled: string | null;
}

interface Side {
  readonly server: KnownServer;
  readonly p50Ms: number[];
  readonly serverP50Ms: number[];
  spoiled: string | null;
}

/**
 * Compares two known servers as the benchmark does: fresh processes in every start, rounds in balanced random order, one
 * schedule and sequence of payloads for both. `onStart` is called with the share of starts that is done, before each.
 */
export async function measurePairs(lab: Lab, check: PairsCheck, onStart: (share: number) => void): Promise<Pairs> {
  const units: PairedUnit[] = [];
  const serversDeltasMs: number[] = [];
  let spoiled: string | null = null;
  for (let start = 1; start <= check.starts; start++) {
    onStart((start - 1) / check.starts);
    const [a, b] = await measureStart(lab, check, start);
    units.push({ a: a.p50Ms, b: b.p50Ms });
    serversDeltasMs.push(mean(b.serverP50Ms) - mean(a.serverP50Ms));
    spoiled = a.spoiled ?? b.spoiled ?? spoiled;
  }
  return { units, serversDeltasMs, spoiled };
}

function measureStart(lab: Lab, { a, b, ...check }: PairsCheck, start: number): Promise<[Side, Side]> {
  const { load, rounds, windowMs, warmUpMs, seed } = check;
  const sideOf = (server: KnownServer): Side => ({ server, p50Ms: [], serverP50Ms: [], spoiled: null });
  return lab.withServer(a, (first) =>
    lab.withServer(b, async (second) => {
      const sides: [Side, Side] = [sideOf(first), sideOf(second)];
      const order = (round: number) => balancedOrder(sides, seedOf(seed, start), round);
      const asked = { client: 'undici', load } as const;
      for (const { server } of order(0)) await lab.run(server.url, { ...asked, durationMs: warmUpMs, seed });
      for (let round = 0; round < rounds; round++) {
        const window = { ...asked, durationMs: windowMs, seed: seedOf(seed, start, round) };
        for (const side of order(round)) await measureSide(lab, side, window);
      }
      return sides;
    }),
  );
}

async function measureSide(lab: Lab, side: Side, asked: Asked): Promise<void> {
  const window = await lab.measure(side.server, asked);
  side.p50Ms.push(percentileMs(window, 0.5));
  side.serverP50Ms.push(window.server.medianMs);
  side.spoiled = window.spoiled ?? side.spoiled;
}

const LATENCY = { lowerIsBetter: true, marginFloor: 0 };

/** Starts of a server against itself, re-labelled at random, and in as many comparisons of their own as there are `parts`. */
export function sameFindings({ units }: Pairs, parts: number): Finding[] {
  const each = units.length / parts;
  const live = Array.from({ length: parts }, (_, i) => units.slice(i * each, (i + 1) * each));
  const found = live.filter((part) => (compare(part, LATENCY)?.pValue ?? 0) < LEVEL).length;
  const relabelled = relabelledFalsePositives(units, { relabellings: 1000, seed: 11 });
  const check = `A/A: ${units.length} starts of one server against itself`;
  return [
    { check: `${check}, ${relabelled.n} times re-labelled`, figures: relabelledFigures(relabelled), spoiled: null },
    { check: `${check}, ${parts} comparisons of ${each} each`, figures: [liveFigure(found, parts)], spoiled: null },
  ];
}

/**
 * The rate of false positives among re-labelled starts is not above 5% by more than chance: Wilson's interval reaches down
 * to 5%. Only its lower end is judged: with the sizes of the differences given, a t-test rejects in just 5% of labellings only
 * on average over their distribution, and in hardly any when one start stands far out (computed for 25 starts: 4 to 6% when
 * they vary normally, 0 to 6% with one outlier in twenty). Intervals that are too wide hide a difference and never make one
 * up. What re-labelling shows is that starts are the right unit and their distribution is tame enough for Student's t; a bias
 * between first and second it cannot show, as it deals both out at random: the live comparisons do that.
 */
export function relabelledFigures({ count, n }: Pick<FalsePositives, 'count' | 'n'>): Figure[] {
  const [low] = n === 0 ? [Number.NaN] : wilson(count, n, CONFIDENCE);
  const name = "share with a difference, low end of Wilson's 99.9% interval";
  return [shown('share with a difference', count / n), { name, got: low, low: 0, high: LEVEL }];
}

/** Found more often than this, a difference is no accident. */
const MOST_FOUND = 2;

/** No more than two of five comparisons of a server with itself find a difference. */
export function liveFigure(found: number, of: number): Figure {
  const chance = 100 * (1 - binomialProbability(MOST_FOUND, of, LEVEL));
  const name = `comparisons with a difference (more than ${MOST_FOUND} have a probability of ${chance.toFixed(2)}%)`;
  return { name, got: of > 0 ? found : Number.NaN, low: 0, high: MOST_FOUND };
}

export interface Control {
  /** The delay that one server has more than the other. */
  readonly addedMs: number;
  /** The difference of each start as measured, and as the servers themselves saw it. */
  readonly deltasMs: readonly number[];
  readonly serversMs: readonly number[];
  /** Of no difference. */
  readonly pValue: number;
}

/** What a comparison of `pairs` says of the delay that was added; nothing of it is a number when there is none. */
export function controlOf({ units, serversDeltasMs }: Pairs, addedMs: number): Control {
  const compared = compare(units, LATENCY);
  const { deltas: deltasMs = [], pValue = Number.NaN } = compared ?? {};
  return { addedMs, deltasMs, serversMs: serversDeltasMs, pValue };
}

/** Both servers asked equally often: slower, and the interval of the difference holds the delay that was added. */
export function controlFigures({ addedMs, deltasMs, serversMs, pValue }: Control): Figure[] {
  return [
    shown("difference by the servers' own clocks, ms", mean(serversMs)),
    ...holds('difference', spanOf(deltasMs), addedMs),
    isSignificant(pValue),
  ];
}

/** What a closed loop may add to a difference of 1 ms, in milliseconds: it was 0.05 to 0.1 on quiet machines. */
const GROWTH_MS = 0.25;

/**
 * The same in a closed loop, as the benchmark measures one stream. What its two ends add for the longer wait is the
 * difference less that of the servers' own clocks in the same windows. It may be 0.25 ms at most, and without it, the
 * uncertainties of both added up in squares, the interval holds the delay that was added.
 */
export function closedControlFigures({ addedMs, deltasMs, serversMs, pValue }: Control): Figure[] {
  const delta = spanOf(deltasMs);
  const growth = spanOf(deltasMs.map((value, i) => value - (serversMs[i] ?? Number.NaN)));
  const rest = { mean: delta.mean - growth.mean, half: Math.hypot(delta.half, growth.half) };
  return [
    shown('difference, ms', delta.mean),
    shown('added by client, kernel and server, ms', growth.mean),
    { name: 'low end of its 99.9% interval', got: growth.mean - growth.half, low: -GROWTH_MS, high: GROWTH_MS },
    ...holds('difference without it', rest, addedMs),
    isSignificant(pValue),
  ];
}

/** A mean and half the length of its 99.9% interval. */
interface Span {
  readonly mean: number;
  readonly half: number;
}

/** NaN, which no bound takes, where there are too few starts. */
function spanOf(values: readonly number[]): Span {
  const interval = meanInterval(values, CONFIDENCE);
  return interval === null
    ? { mean: Number.NaN, half: Number.NaN }
    : { mean: interval.mean, half: interval.high - interval.mean };
}

/** An interval that holds `truth`, and nothing below zero. */
function holds(name: string, { mean, half }: Span, truth: number): Figure[] {
  return [
    shown(`${name}, ms`, mean),
    { name: 'low end of its 99.9% interval', got: mean - half, low: 0, high: truth },
    { name: 'high end', got: mean + half, low: truth, high: Number.POSITIVE_INFINITY },
  ];
}

function isSignificant(pValue: number): Figure {
  return { name: 'p-value of no difference', got: pValue, low: 0, high: LEVEL };
}
