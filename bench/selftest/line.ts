/** One line of the self-test: what was expected, what was got, and whether that is right. */

export interface SelftestLine {
  /** What was checked, in a few words. */
  readonly check: string;
  /** Null for what is not judged. */
  readonly ok: boolean | null;
  readonly outcome: 'ok' | 'FAILED' | 'skipped' | 'shown';
  /** Empty for what is not judged. */
  readonly expected: string;
  /** What was got, or why nothing could be. */
  readonly got: string;
}

export interface JudgedLine {
  readonly check: string;
  readonly ok: boolean;
  readonly expected: string;
  readonly got: string;
}

/** A check that passed or failed. */
export function judged(line: JudgedLine): SelftestLine {
  return { ...line, outcome: line.ok ? 'ok' : 'FAILED' };
}

/**
 * The same of a window that may be spoiled, which is when `spoiled` says why: what is right in spite of it is right, what is
 * wrong shows nothing of the benchmark.
 */
export function judgedUnlessSpoiled(line: JudgedLine, spoiled: string | null): SelftestLine {
  return line.ok || spoiled === null ? judged(line) : skipped(line.check, `${line.got}; ${spoiled}`);
}

/** A check that could not be made here, and why. */
export function skipped(check: string, why: string): SelftestLine {
  return { check, ok: null, outcome: 'skipped', expected: '', got: why };
}

/** Figures for people to read, of which none is right or wrong. */
export function shown(check: string, got: string): SelftestLine {
  return { check, ok: null, outcome: 'shown', expected: '', got };
}

/** A number of milliseconds as text. */
export function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

/** A share as a percentage. */
export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}%`;
}

/** Whether a value lies within both bounds. What is not a number does not. */
export function isWithin(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}
