/**
 * How a subject looks in every drawing: a colour, a dash and a symbol, so that it can be told from the others without the
 * colour. The two reference arms are grey: they are there to be measured from, not to be chosen.
 */
import * as Plot from '@observablehq/plot';
import type { Results } from '../../analysis/results.ts';
import { drawing } from './drawing.ts';
import { html, type Markup, trusted } from './markup.ts';
import { isReference } from './references.ts';

export interface SeriesStyle {
  readonly name: string;
  readonly color: string;
  /** Lengths of dashes and gaps; empty for a whole line. */
  readonly dash: string;
  readonly symbol: (typeof SYMBOLS)[number] | typeof REFERENCE_SYMBOL;
}

const SYMBOLS = ['circle', 'diamond', 'square', 'triangle', 'star', 'cross', 'wye'] as const;
/** Whole for the baseline; one fewer than symbols, so that both repeat together only after all pairs of them. */
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 2', '12 4'];
/** Of the references, which no other subject has. */
const REFERENCE_SYMBOL = 'hexagon';
const REFERENCE_DASHES = ['1 3', '1 3 5 3'];
const COLORS = 8;

/** The styles of all subjects; the same results always give the same. */
export function stylesOf({ subjects, coldStart, baseline }: Results): Map<string, SeriesStyle> {
  const names = [...new Set([...subjects.map(({ name }) => name), ...(coldStart?.arms ?? []).map(({ arm }) => arm)])];
  const first = names.filter((name) => name === baseline);
  const others = names.filter((name) => name !== baseline && !isReference(name));
  const references = names.filter((name) => name !== baseline && isReference(name));
  const ordered = [...first, ...others].map((name, i): SeriesStyle => styleAt(name, i, `var(--s${i % COLORS})`));
  const grey = references.map((name, i): SeriesStyle => {
    const dash = REFERENCE_DASHES[i % REFERENCE_DASHES.length] ?? '';
    return { name, color: `var(--r${i % 2})`, dash, symbol: REFERENCE_SYMBOL };
  });
  return new Map([...ordered, ...grey].map((style) => [style.name, style]));
}

function styleAt(name: string, i: number, color: string): SeriesStyle {
  return {
    name,
    color,
    dash: afterFirst(DASHES, i) ?? '',
    symbol: afterFirst(SYMBOLS, i) ?? 'circle',
  };
}

/** The first one for the first alone, which is the baseline; the others in turn for all that follow. */
function afterFirst<T>(items: readonly T[], i: number): T | undefined {
  return items[i === 0 ? 0 : 1 + ((i - 1) % (items.length - 1))];
}

/** The style of a subject, whatever its name. */
export function styleOf(styles: ReadonlyMap<string, SeriesStyle>, name: string): SeriesStyle {
  return styles.get(name) ?? styleAt(name, 0, 'var(--ink)');
}

/** A list of what line and symbol each subject has. */
export function legend(styles: readonly SeriesStyle[]): Markup {
  return html`<ul class="legend">${styles.map((style) => html`<li>${swatch(style)}<span>${style.name}</span></li>`)}</ul>`;
}

/** The line and symbol of a subject. */
export function swatch({ color, dash, symbol }: SeriesStyle): Markup {
  const svg = drawing({
    width: 34,
    height: 14,
    margin: 0,
    x: { domain: [0, 2], axis: null },
    y: { domain: [0, 2], axis: null },
    marks: [
      Plot.ruleY([1], { stroke: color, strokeWidth: 1.75, strokeDasharray: dash }),
      Plot.dot([[1, 1]], { symbol, fill: color, stroke: 'var(--paper)', r: 4.5 }),
    ],
  });
  return trusted(svg);
}
