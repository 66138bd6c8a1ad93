/** Which windows and which starts count, and why a value may not be used. */
import type { SeriesWindow } from './series.ts';
import type { MeasuredSubject } from './subjects.ts';

/**
 * The share of windows that may be left out: what is beyond repair is left out whatever it shows, but where that is often,
 * something is wrong with the generator, and what is left proves little.
 */
const MAX_LEFT_OUT = 0.1;

export interface Sifted {
  readonly windows: readonly SeriesWindow[];
  /** Why no value of these windows may be used; null when they may. */
  readonly invalid: string | null;
}

/**
 * Leaves out windows that the generator spoiled, though measured again. Where those are more than a tenth, all stay, to be
 * looked at, and are invalid. A start that was cut off is left out as well: whether it had come to rest, and what it used
 * when idle, is not known.
 */
export function sift(all: readonly SeriesWindow[], subject: MeasuredSubject): Sifted {
  const windows = all.filter(({ start }) => subject.starts.has(start));
  if (windows.length === 0) return { windows: all, invalid: 'no start came to its end' };
  const invalid = whyWrong(subject) ?? whySpoiled(windows);
  if (invalid !== null) return { windows, invalid };
  return { windows: windows.filter(({ fault }) => fault === null), invalid };
}

/** A subject that answers wrongly is not compared at all. */
export function whyWrong({ counts }: MeasuredSubject): string | null {
  return counts.wrong === 0 ? null : `${counts.wrong} of ${counts.requests} answers were wrong`;
}

function whySpoiled(windows: readonly SeriesWindow[]): string | null {
  const faults = windows.flatMap(({ fault }) => fault ?? []);
  if (faults.length <= MAX_LEFT_OUT * windows.length) return null;
  return `the generator spoiled ${faults.length} of ${windows.length} windows: ${faults[0]}`;
}

/**
 * Of the starts that were measured, those whose values count: every one that settled, and where they are fewer than
 * `wanted`, so many of the others, in the order in which they were measured, as make up for them.
 *
 * This leaves the comparison fair. Whether a start settles is judged on its warm-up alone, before anything is measured, by
 * the same rule for both subjects, and the run makes another start in its place without a look at any value: which starts
 * count, and how many, follows from warm-ups, so that under no difference either subject is as likely to gain by it. What is
 * given up is breadth: on a machine that others share, the answer is about its calmer times. Starts that did not settle and
 * count nevertheless are units like the others; as they differ more, the interval over starts widens by itself.
 */
export function countedStarts(
  measured: readonly number[],
  unsettled: ReadonlySet<number>,
  wanted: number,
): ReadonlySet<number> {
  const settled = measured.filter((start) => !unsettled.has(start));
  const others = measured.filter((start) => unsettled.has(start)).slice(0, Math.max(0, wanted - settled.length));
  return new Set([...settled, ...others]);
}
