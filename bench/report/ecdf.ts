/** Empirical distribution functions of several samples, as lines of text. */
import { quantile } from '../stats/quantile.ts';

export interface NamedSample {
  readonly name: string;
  readonly sample: readonly number[];
}

const WIDTH = 72;
const ROWS = 20;
const MARKS = 'abcdefghijklmnopqrstuvwxyz';

/**
 * One line for each twentieth of the sample, from all down to none: a mark stands where so large a share of its sample
 * lies at or below. Marks that fall on each other show as `*`. Starts at 0, or at the smallest value where that is less.
 */
export function renderEcdf(samples: readonly NamedSample[]): string[] {
  const all = samples.flatMap(({ sample }) => sample);
  const low = Math.min(0, ...all);
  const high = Math.max(low + 1, ...all);
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const share = 1 - i / ROWS;
    return `${String(Math.round(share * 100)).padStart(4)}% |${marksAt(samples, share, { low, high })}`;
  });
  const axis = `${low.toFixed(0).padEnd(WIDTH - 8)}${high.toFixed(0).padStart(8)}`;
  const legend = samples.map(({ name }, i) => `${MARKS[i]} ${name}`).join('   ');
  return [...lines, `${' '.repeat(6)}+${'-'.repeat(WIDTH)}`, `${' '.repeat(7)}${axis}`, `${' '.repeat(7)}${legend}`];
}

function marksAt(samples: readonly NamedSample[], share: number, { low, high }: { low: number; high: number }): string {
  const cells = Array<string>(WIDTH).fill(' ');
  for (const [i, { sample }] of samples.entries()) {
    const value = quantile(sample, share);
    if (value === null) continue;
    const cell = Math.round(((value - low) / (high - low)) * (WIDTH - 1));
    cells[cell] = cells[cell] === ' ' ? (MARKS[i] ?? '*') : '*';
  }
  return cells.join('').trimEnd();
}
