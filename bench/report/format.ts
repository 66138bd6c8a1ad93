/**
 * Figures as people read them. Tables have as many decimals in all of a column (`fixed`); sentences and drawings have three
 * digits that count (`amount`). A dash stands for what was not measured.
 */

const DIGITS = 3;
const GROUPED_FROM = 1000;

/** `value` with `digits` decimals. */
export function fixed(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits);
}

/** An interval in a table. */
export function range(bounds: readonly [number, number] | null, digits: number): string {
  return bounds === null ? '-' : `${fixed(bounds[0], digits)}..${fixed(bounds[1], digits)}`;
}

/** `value` with its sign, in fewer decimals the larger it is. */
export function signed(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
}

/** `value` to three significant digits, integers from a thousand on: 0.304, 12.5, 1,340. */
export function amount(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= GROUPED_FROM) return grouped(Math.round(value));
  if (size === 0) return '0';
  const shown = Number(size.toPrecision(DIGITS));
  return value.toFixed(Math.min(6, Math.max(0, DIGITS - 1 - Math.floor(Math.log10(shown)))));
}

/** A round number as an axis has it: no more digits than it needs. */
export function tickText(value: number): string {
  return Math.abs(value) >= GROUPED_FROM ? amount(value) : String(Number(value.toPrecision(DIGITS)));
}

/** Both ends of an interval in a sentence. */
export function interval(ends: readonly [number, number] | null, format: (value: number) => string = amount): string {
  return ends === null ? '-' : `${format(ends[0])} to ${format(ends[1])}`;
}

/** A ratio: two decimals, three digits below 0.1, none of its decimals from 100 on. */
export function times(value: number): string {
  if (value >= 100) return `${grouped(Math.round(value))}\u00d7`;
  return `${value < 0.1 ? amount(value) : value.toFixed(2)}\u00d7`;
}

/** A share as percent. */
export function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)}%`;
}

/** One value as it is, several as a list in words. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** An integer with its thousands apart. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
