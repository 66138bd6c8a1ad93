/**
 * How a subject looks in every drawing: a colour, a dash and a symbol, so that it can be told from the others without the
 * colour. The two reference arms are grey: they are there to be measured from, not to be chosen.
 */
import type { Results } from '../../analysis/results.ts';
import { isReference } from '../lookup.ts';

export interface SubjectStyle {
  readonly name: string;
  /** A custom property of the page. */
  readonly color: string;
  /** Lengths of dashes and gaps; empty for a whole line. */
  readonly dash: string;
  readonly symbol: (typeof SYMBOLS)[number] | typeof REFERENCE_SYMBOL;
}

export type Styles = ReadonlyMap<string, SubjectStyle>;

const SYMBOLS = ['circle', 'diamond', 'square', 'triangle', 'star', 'cross', 'wye'] as const;
/** Whole for the baseline; one fewer than symbols, so that both repeat together only after all pairs of them. */
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 2', '12 4'];
/** Of the references, which no other subject has. */
const REFERENCE_SYMBOL = 'hexagon';
const REFERENCE_DASHES = ['1 3', '1 3 5 3'];
const COLORS = 8;

/** The styles of all subjects; the same results always give the same. */
export function stylesOf({ subjects, coldStart, baseline }: Results): Styles {
  const names = [...new Set([...subjects.map(({ name }) => name), ...(coldStart?.arms ?? []).map(({ arm }) => arm)])];
  const chosen = [
    ...names.filter((name) => name === baseline),
    ...names.filter((name) => name !== baseline && !isReference(name)),
  ].map((name, i) => styleAt(name, i, `var(--s${i % COLORS})`));
  const grey = names
    .filter((name) => name !== baseline && isReference(name))
    .map((name, i): SubjectStyle => {
      const dash = REFERENCE_DASHES[i % REFERENCE_DASHES.length] ?? '';
      return { name, color: `var(--r${i % 2})`, dash, symbol: REFERENCE_SYMBOL };
    });
  return new Map([...chosen, ...grey].map((style) => [style.name, style]));
}

/** The style of a subject, whatever its name. */
export function styleOf(styles: Styles, name: string): SubjectStyle {
  return styles.get(name) ?? styleAt(name, 0, 'var(--ink)');
}

function styleAt(name: string, i: number, color: string): SubjectStyle {
  return { name, color, dash: afterFirst(DASHES, i) ?? '', symbol: afterFirst(SYMBOLS, i) ?? 'circle' };
}

/** The first one for the first alone, which is the baseline; the others in turn for all that follow. */
function afterFirst<T>(items: readonly T[], i: number): T | undefined {
  return items[i === 0 ? 0 : 1 + ((i - 1) % (items.length - 1))];
}
