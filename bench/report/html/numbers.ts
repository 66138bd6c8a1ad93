/** Figures as people read them: three digits that count, thousands apart, and a dash for what was not measured. */

const DIGITS = 3;
const PLAIN_FROM = 1000;

/** `value` to three significant digits, integers from a thousand on: 0.304, 12.5, 1,340. */
export function amount(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= PLAIN_FROM) return grouped(Math.round(value));
  if (size === 0) return '0';
  const shown = Number(size.toPrecision(DIGITS));
  const decimals = Math.max(0, DIGITS - 1 - Math.floor(Math.log10(shown)));
  return value.toFixed(Math.min(decimals, 6)).replace('-', '\u2212');
}

/** With its sign, for differences. */
export function signed(value: number): string {
  return value > 0 ? `+${amount(value)}` : amount(value);
}

/** A ratio, with two decimals, or three digits below 0.1 and none of its decimals above 100. */
export function times(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '-';
  if (value >= 100) return `${grouped(Math.round(value))}\u00d7`;
  return `${value < 0.1 ? amount(value) : value.toFixed(2)}\u00d7`;
}

/** Both ends of an interval, each as `format` has it. */
export function range(ends: readonly [number, number] | null, format: (value: number) => string = amount): string {
  return ends === null ? '-' : `${format(ends[0])} to ${format(ends[1])}`;
}

/** A share as a percentage: 80%, 43.1%. */
export function percent(share: number): string {
  return `${tickText(share * 100)}%`;
}

/** A round number as an axis has it: no more digits than it needs. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  return size >= PLAIN_FROM ? amount(value) : String(Number(value.toPrecision(DIGITS))).replace('-', '\u2212');
}

/** A p value; below a thousandth its size says nothing more. */
export function probability(p: number | null): string {
  if (p === null) return '-';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** A number of things: 1 start, 10 starts. */
export function count(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** Bytes in the binary unit that fits. */
export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  return size < 1024 ** 2 ? `${amount(size / 1024)} KiB` : `${amount(size / 1024 ** 2)} MiB`;
}

/** One value as it is, several as a list in words. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

function grouped(value: number): string {
  return String(value)
    .replace('-', '\u2212')
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
