/**
 * Figures as people read them. Columns of a table have as many decimals in all rows (`fixed`); intervals, sentences and
 * drawings have three digits that count (`amount`). A dash stands for what was not measured.
 */

/** Three significant digits, and all of an integer. */
const DIGITS = {
  ...{ minimumSignificantDigits: 3, maximumSignificantDigits: 3, maximumFractionDigits: 0 },
  roundingPriority: 'morePrecision',
} as const;
const AMOUNT = new Intl.NumberFormat('en', DIGITS);
const SIGNED = new Intl.NumberFormat('en', { ...DIGITS, signDisplay: 'always' });
const LIST = new Intl.ListFormat('en-GB');

type Ends = readonly [number, number] | null;

/** `value` with `digits` decimals. */
export function fixed(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits);
}

/** 0.304, 12.5, 1,340, and nothing below a millionth. */
export function amount(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '-' : AMOUNT.format(Number(value.toFixed(6)));
}

/** With its sign: +0.304. */
export function signed(value: number): string {
  return SIGNED.format(value);
}

/** An interval in a table: 0.304..12.5. */
export function range(ends: Ends): string {
  return ends === null ? '-' : `${amount(ends[0])}..${amount(ends[1])}`;
}

/** An interval in a sentence. */
export function interval(ends: Ends, format: (value: number) => string = amount): string {
  return ends === null ? '-' : `${format(ends[0])} to ${format(ends[1])}`;
}

/** A ratio. */
export function times(value: number): string {
  return `${amount(value)}\u00d7`;
}

/** A share as percent. */
export function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)}%`;
}

/** In words: a, b and c. */
export function listed(items: readonly string[]): string {
  return LIST.format(items);
}
