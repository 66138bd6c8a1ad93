/**
 * Whether the comparison finds a difference where there is none, and the one that there is. A rule that a right benchmark
 * breaks once in twenty runs is no test, so no rule here is "a 95% interval holds the truth".
 */
import type { Comparison } from '../stats/compare.ts';
import { binomialProbability } from '../stats/distributions.ts';
import type { FalsePositives } from '../stats/false-positives.ts';
import { wilson } from '../stats/wilson.ts';
import { judged, judgedUnlessSpoiled, percent, type SelftestLine } from './line.ts';

/** What each comparison's interval leaves out by chance. */
const LEVEL = 0.05;
const CONFIDENCE = 0.999;

/**
 * The rate of false positives among re-labelled starts is not above 5% by more than chance: Wilson's interval reaches down
 * to 5%. The interval is one of 99.9%, because one of 95% misses the true rate once in twenty runs. Only its lower end
 * is judged: with the sizes of the differences given, a t-test rejects in just 5% of labellings only on average over
 * their distribution, and in hardly any when one start stands far out (computed for 25 starts: 4 to 6% when they vary
 * normally, 0 to 6% with one outlier in twenty). Intervals that are too wide hide a difference and never make one up.
 * What re-labelling shows is that starts are the right unit and their distribution is tame enough for Student's t; a
 * bias between first and second it cannot show, as it deals both out at random: the live comparisons do that.
 */
export function judgeRelabelled({ count, n }: Pick<FalsePositives, 'count' | 'n'>, starts: number): SelftestLine {
  const [low, high] = wilson(count, n, CONFIDENCE);
  return judged({
    check: `A/A, ${n} times re-labelled: ${starts} starts of one server against itself`,
    ok: n > 0 && low <= LEVEL,
    expected: `a difference in ${percent(LEVEL, 0)} of them: Wilson's ${percent(CONFIDENCE)} interval reaches down to ${percent(LEVEL, 0)}`,
    got: `a difference in ${count} of ${n}, ${percent(count / n)} (${percent(low)} to ${percent(high)})`,
  });
}

export interface LiveComparisons {
  /** Comparisons that found a difference, of all that were made. */
  readonly found: number;
  readonly of: number;
}

/** Found more often than this, a difference is no accident: three of five have a probability of 0.1%. */
const MOST_FOUND = 2;

/** No more than two of five comparisons of a server with itself find a difference. */
export function judgeLive({ found, of }: LiveComparisons, startsEach: number): SelftestLine {
  const chance = 1 - binomialProbability(MOST_FOUND, of, LEVEL);
  return judged({
    check: `A/A, ${of} live comparisons of ${startsEach} starts each`,
    ok: of > 0 && found <= MOST_FOUND,
    expected: `a difference in at most ${MOST_FOUND}: more have a probability of ${percent(chance, 2)} where there is none`,
    got: `a difference in ${found} of ${of}`,
  });
}

export interface Control {
  /** The delay that one server has more than the other. */
  readonly addedMs: number;
  /** The same as the servers themselves saw it. */
  readonly serversDeltaMs: number;
  readonly compared: Pick<Comparison, 'delta' | 'verdict'> | null;
  /** What spoiled a window of it, or null. */
  readonly spoiled: string | null;
}

/**
 * What the interval may miss, in milliseconds. Below: servers wait to within a few hundredths, and one interval in twenty misses
 * the truth by a little. Above more, because the longer both processes sleep the slower they wake up: the client's own
 * share grew by 0.05 to 0.1 ms for each further millisecond of waiting (measured from 0 to 10 ms).
 */
const BELOW_MS = 0.1;
const ABOVE_MS = 0.25;

/** The interval of the difference holds the delay that was added, by these allowances, and the verdict is slower. */
export function judgeControl({ addedMs, serversDeltaMs, compared, spoiled }: Control): SelftestLine {
  const [low, high] = compared?.delta.ci95 ?? [Number.NaN, Number.NaN];
  const holds = low <= addedMs + ABOVE_MS && high >= addedMs - BELOW_MS;
  const interval = `${compared?.delta.estimate.toFixed(3)} ms (${low.toFixed(3)} to ${high.toFixed(3)})`;
  const line = {
    check: `positive control: the same server and ${addedMs} ms more`,
    ok: holds && low > 0 && compared?.verdict === 'slower',
    expected: `slower, by an interval that ends at ${addedMs - BELOW_MS} ms or above and begins at ${addedMs + ABOVE_MS} or below`,
    got: `${compared?.verdict ?? 'no comparison'}, by ${interval}; by the servers' own clocks ${serversDeltaMs.toFixed(3)} ms`,
  };
  return judgedUnlessSpoiled(line, spoiled);
}
