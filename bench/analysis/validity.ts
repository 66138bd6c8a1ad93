/** Which windows count, and why a value may not be used. */
import type { SeriesWindow } from './series.ts';
import type { MeasuredSubject } from './subjects.ts';

/**
 * The share of windows, or of starts, that may be left out: what is beyond repair is left out whatever it shows, but
 * where that is often, something is wrong with the machine, and what is left proves little.
 */
const MAX_LEFT_OUT = 0.1;

/** From so many starts on, one may be left out: the others are still enough for an interval. */
const MIN_STARTS = 4;

export interface Sifted {
  readonly windows: readonly SeriesWindow[];
  /** Why no value of these windows may be used; null when they may. */
  readonly invalid: string | null;
}

/**
 * Leaves out windows that the generator spoiled, though measured again, and starts whose warm-up did not come to rest.
 * Where those are more than a tenth, or one start of a few, all windows stay, to be looked at, and are invalid. A start that was cut off is left
 * out as well: whether it had come to rest, and what it used when idle, is not known.
 */
export function sift(all: readonly SeriesWindow[], subject: MeasuredSubject): Sifted {
  const windows = all.filter(({ start }) => subject.starts.has(start));
  if (windows.length === 0) return { windows: all, invalid: 'no start came to its end' };
  const invalid = whyWrong(subject) ?? whySpoiled(windows) ?? whyUnstable(subject);
  if (invalid !== null) return { windows, invalid };
  return { windows: windows.filter(({ fault, start }) => fault === null && !subject.unstable.has(start)), invalid };
}

/** A subject that answers wrongly is not compared at all. */
export function whyWrong({ counts }: MeasuredSubject): string | null {
  return counts.wrong === 0 ? null : `${counts.wrong} of ${counts.requests} answers were wrong`;
}

export function whyUnstable({ unstable, starts }: MeasuredSubject): string | null {
  if (unstable.size <= Math.max(starts.size < MIN_STARTS ? 0 : 1, MAX_LEFT_OUT * starts.size)) return null;
  return `the warm-up did not come to rest in ${unstable.size} of ${starts.size} starts`;
}

function whySpoiled(windows: readonly SeriesWindow[]): string | null {
  const faults = windows.flatMap(({ fault }) => fault ?? []);
  if (faults.length <= MAX_LEFT_OUT * windows.length) return null;
  return `the generator spoiled ${faults.length} of ${windows.length} windows: ${faults[0]}`;
}
