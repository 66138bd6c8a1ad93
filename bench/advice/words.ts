/** Figures and names as the advice words them. */
import type { Estimate } from '../stats/compare.ts';
import type { Answer } from './decide.ts';

/** A value to three significant digits, large ones with separators. */
export function figure(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1000) return grouped(Math.round(Number(value.toPrecision(3))));
  return String(Number(value.toPrecision(3)));
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A value as it is, for thresholds, which must not be rounded. */
export function exact(value: number): string {
  return Number.isInteger(value) && Math.abs(value) >= 1000 ? grouped(value) : String(value);
}

export function interval([low, high]: readonly [number, number]): string {
  return `${figure(low)} to ${figure(high)}`;
}

/** An estimate with its 95% interval. */
export function estimate({ estimate: value, ci95 }: Estimate, unit: string): string {
  return `${figure(value)} ${unit} (95% interval ${interval(ci95)})`;
}

export function dollars(value: number): string {
  return `$${value.toFixed(2)}`;
}

/** Milliseconds in a unit that people read. */
export function duration(ms: number): string {
  if (ms < 1000) return `${figure(ms)} ms`;
  return ms < 3_600_000 ? `${figure(ms / 1000)} s` : `${figure(ms / 3_600_000)} h`;
}

/** A number of requests or similar. */
export function count(value: number): string {
  if (value >= 1e9) return `${figure(value / 1e9)} billion`;
  return value >= 1e6 ? `${figure(value / 1e6)} million` : figure(value);
}

export const ANSWERS: Readonly<Record<Answer, string>> = {
  one: 'one Worker',
  two: 'two Workers',
  neither: 'neither',
  open: 'not supported by the data',
};
