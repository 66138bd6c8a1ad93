/** Paired dots: the median of one stream of both arms in every start, so that each start can be seen to agree or not. */
import * as Plot from '@observablehq/plot';
import type { ComparisonResult, Measurement, Results } from '../../analysis/results.ts';
import { startsFinding } from '../findings.ts';
import { yAxis } from './axes.ts';
import { drawing } from './drawing.ts';
import { panel, section, type Table } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { amount, signed } from './numbers.ts';
import { withoutReferences } from './references.ts';
import { legend, type SeriesStyle, styleOf } from './series-style.ts';

type Styles = ReadonlyMap<string, SeriesStyle>;

interface Pair {
  readonly start: number;
  readonly a: number;
  readonly b: number;
}

export function pairedDotsSection({ measurements, comparisons, baseline }: Results, styles: Styles): Markup | null {
  const medians = measurements.filter(
    ({ metric, condition }) => metric === 'latencyP50Ms' && condition?.experiment === 'single-stream',
  );
  const a = medians.find(({ subject }) => subject === baseline);
  if (a === undefined) return null;
  const others = withoutReferences(
    medians.filter((one) => one !== a),
    ({ subject }) => subject,
  );
  const panels = others.flatMap((b) => {
    const comparison = comparisons.find(
      (one) => one.b === b.subject && one.metric === 'latencyP50Ms' && one.condition?.experiment === 'single-stream',
    );
    return panelOf(a, b, { comparison, styles }) ?? [];
  });
  if (panels.length === 0) return null;
  return section('starts', 'Start by start', [html`<div class="panels">${panels}</div>`]);
}

function panelOf(
  a: Measurement,
  b: Measurement,
  { comparison, styles }: { comparison: ComparisonResult | undefined; styles: Styles },
): Markup | null {
  const pairs = pairsOf(a, b);
  const finding = startsFinding(a, b, comparison);
  if (finding === null) return null;
  const [ofA, ofB] = [styleOf(styles, a.subject), styleOf(styles, b.subject)];
  return panel({
    finding,
    legend: legend([ofA, ofB]),
    draw: () => draw(pairs, ofA, ofB),
    table: tableOfPairs(pairs, a, b),
  });
}

/** Starts that both were measured in. */
function pairsOf(a: Measurement, b: Measurement): Pair[] {
  return b.starts.flatMap((value, i) => {
    const base = a.starts[i] ?? null;
    return value === null || base === null ? [] : [{ start: i + 1, a: base, b: value }];
  });
}

const PANEL_WIDTH = 400;
const START_AXIS = { tickSize: 0, label: 'start', labelAnchor: 'center', labelArrow: 'none', labelOffset: 36 } as const;

function draw(pairs: readonly Pair[], a: SeriesStyle, b: SeriesStyle): string {
  const starts = pairs.map(({ start }) => start);
  const every = Math.ceil(starts.length / 10);
  const dot = (side: 'a' | 'b', { symbol, color }: SeriesStyle) =>
    Plot.dot(pairs, { x: 'start', y: side, symbol, fill: color, stroke: 'var(--paper)', r: 5 });
  return drawing({
    width: PANEL_WIDTH,
    height: 220,
    marginLeft: 44,
    marginBottom: 40,
    marginTop: 26,
    marginRight: 6,
    x: { type: 'point', domain: starts, padding: 0.4 },
    y: { nice: true, zero: false },
    marks: [
      ...yAxis('p50, ms', { ticks: 5 }),
      Plot.axisX({ ...START_AXIS, ticks: starts.filter((_, i) => i % every === 0) }),
      Plot.ruleX(pairs, { x: 'start', y1: 'a', y2: 'b', stroke: 'var(--line)', strokeWidth: 2 }),
      dot('a', a),
      dot('b', b),
    ],
  });
}

function tableOfPairs(pairs: readonly Pair[], a: Measurement, b: Measurement): Table {
  return {
    head: ['start', `${a.subject}, ms`, `${b.subject}, ms`, 'difference, ms'],
    rows: pairs.map((pair) => [String(pair.start), amount(pair.a), amount(pair.b), signed(pair.b - pair.a)]),
  };
}
