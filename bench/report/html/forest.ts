/** The forest plot: the ratio of every primary comparison with its interval, on an axis where half and double are alike. */
import * as Plot from '@observablehq/plot';
import { METRICS, type Metric } from '../../analysis/metrics.ts';
import type { ComparisonResult, Results } from '../../analysis/results.ts';
import type { Estimate } from '../../stats/compare.ts';
import { primaryFinding, verdictWord } from '../findings.ts';
import { xAxis } from './axes.ts';
import { metricTitle, unitText } from './cards.ts';
import { drawing, nameMargin, nameRoom, type Size, shortName, textMargin } from './drawing.ts';
import { figure, section, type Table } from './figure.ts';
import type { Markup } from './markup.ts';
import { probability, range, signed, times } from './numbers.ts';
import { withoutReferences } from './references.ts';
import { type SeriesStyle, styleOf } from './series-style.ts';
import { logDomain, logTicks } from './ticks.ts';

type Styles = ReadonlyMap<string, SeriesStyle>;

/** A row of the drawing: the heading of a metric, or a comparison. */
type Row =
  | { readonly key: string; readonly heading: string }
  | { readonly key: string; readonly comparison: ComparisonResult; readonly ratio: Estimate };

/** A comparison as it is drawn. */
interface Point {
  readonly key: string;
  readonly comparison: ComparisonResult;
  readonly ratio: Estimate;
  readonly style: SeriesStyle;
  readonly text: string;
}

const ROW_HEIGHT = { wide: 26, compact: 38 };

export function forestSection(results: Results, styles: Styles): Markup | null {
  const primary = results.comparisons.filter((one) => one.primary);
  const rows = rowsOf(withoutReferences(primary, ({ b }) => b));
  const finding = primaryFinding(results);
  if (rows.length === 0 || finding === null) return null;
  const limited = primary.some(({ clientLimited }) => clientLimited) ? '* The client was the limit: understated.' : '';
  const note = `Ratio to ${results.baseline}, logarithmic axis; the line at 1 is no difference. Intervals are of 95%. ${limited}`;
  return section('ratios', 'How large the differences are', [
    figure({ finding, draw: (size) => draw(rows, styles, size), table: tableOfAll(results.comparisons), note }),
  ]);
}

function rowsOf(comparisons: readonly ComparisonResult[]): Row[] {
  return [...Map.groupBy(comparisons, ({ metric }) => metric)].flatMap(([metric, own]) => {
    const rows = own.flatMap((comparison): Row[] => {
      const { ratio, b, verdict } = comparison;
      return ratio === null || verdict === 'invalid' ? [] : [{ key: `${metric} ${b}`, comparison, ratio }];
    });
    return rows.length === 0 ? [] : [{ key: metric, heading: headingOf(metric) }, ...rows];
  });
}

function headingOf(metric: Metric): string {
  return `${metricTitle(metric)} (${METRICS[metric].lowerIsBetter ? 'less' : 'more'} is better)`;
}

function draw(rows: readonly Row[], styles: Styles, size: Size): string {
  const { compact, width } = size;
  const points = rows.flatMap((row) =>
    'ratio' in row ? [{ ...row, style: styleOf(styles, row.comparison.b), text: textOf(row.comparison) }] : [],
  );
  const domain = logDomain([1, ...points.flatMap(({ ratio }) => ratio.ci95)], 1.04);
  const marginLeft = compact
    ? 10
    : nameMargin(
        points.map(({ comparison }) => comparison.b),
        size,
      );
  const lift = compact ? 7 : 0;
  return drawing({
    width,
    height: rows.length * (compact ? ROW_HEIGHT.compact : ROW_HEIGHT.wide) + 52,
    marginLeft,
    marginRight: compact ? 10 : textMargin(points.map(({ text }) => text)),
    marginTop: 4,
    marginBottom: 48,
    x: { type: 'log', domain },
    y: { type: 'point', domain: rows.map(({ key }) => key), axis: null, padding: 0.6 },
    marks: [
      ...xAxis('ratio (×)', { ticks: logTicks(...domain, compact ? 4 : 8) }),
      Plot.ruleX([1], { stroke: 'var(--muted)' }),
      ...headingMarks(rows, marginLeft),
      Plot.link(points, {
        x1: ({ ratio }) => ratio.ci95[0],
        x2: ({ ratio }) => ratio.ci95[1],
        y: 'key',
        dy: lift,
        stroke: ({ style }) => style.color,
        strokeWidth: 2,
      }),
      ...points.map(({ key, ratio, style: { symbol, color } }) =>
        Plot.dot([{ key, x: ratio.estimate }], {
          x: 'x',
          y: 'key',
          dy: lift,
          symbol,
          fill: color,
          stroke: 'var(--paper)',
          r: 5,
        }),
      ),
      ...(compact ? textAbove(points) : textBeside(points, marginLeft, size)),
    ],
  });
}

const HALO = { stroke: 'var(--paper)', strokeWidth: 6 };

function headingMarks(rows: readonly Row[], marginLeft: number): Plot.Markish[] {
  const headings = rows.flatMap((row) => ('heading' in row ? row : []));
  const place = { frameAnchor: 'left', textAnchor: 'start', dx: 2 - marginLeft, dy: 3 } as const;
  return [Plot.text(headings, { y: 'key', text: 'heading', ...place, ...HALO, fontWeight: 600, fill: 'currentColor' })];
}

/** On a page: the name to the left of its interval, the figures to the right. */
function textBeside(points: readonly Point[], marginLeft: number, size: Size): Plot.Markish[] {
  const left = { frameAnchor: 'left', textAnchor: 'start', dx: 10 - marginLeft, fill: 'var(--muted)' } as const;
  const name = ({ comparison }: Point) => shortName(comparison.b, nameRoom(size));
  return [
    Plot.text(points, { y: 'key', text: name, ...left }),
    Plot.text(points, { y: 'key', text: 'text', frameAnchor: 'right', textAnchor: 'start', dx: 14 }),
  ];
}

/** On a telephone: both above the interval, which then has the whole width. */
function textAbove(points: readonly Point[]): Plot.Markish[] {
  const place = { frameAnchor: 'left', textAnchor: 'start', dx: 2, dy: -8 } as const;
  const text = ({ comparison, text: figures }: Point) => `${shortName(comparison.b, 14)} ${figures}`;
  return [Plot.text(points, { y: 'key', text, ...place, ...HALO, fill: 'var(--muted)' })];
}

function textOf(comparison: ComparisonResult): string {
  const { ratio, clientLimited } = comparison;
  const word = `${verdictWord(comparison)}${clientLimited ? '*' : ''}`;
  return ratio === null ? word : `${times(ratio.estimate)} (${range(ratio.ci95, times)}) ${word}`;
}

function tableOfAll(comparisons: readonly ComparisonResult[]): Table {
  return {
    head: ['subject', 'metric', 'condition', 'ratio', '95% interval', 'difference', '95% interval', 'p', 'verdict'],
    text: [1, 2, 8],
    rows: comparisons.map((comparison) => {
      const { b, metric, condition, ratio, delta, pValue, adjustedPValue, reason } = comparison;
      const unit = unitText(metric);
      return [
        b,
        metricTitle(metric),
        condition === null ? '' : `${condition.experiment}, ${condition.workload}`,
        times(ratio?.estimate ?? null),
        range(ratio?.ci95 ?? null, times),
        delta === null ? '-' : `${signed(delta.estimate)} ${unit}`,
        range(delta?.ci95 ?? null, signed),
        probability(adjustedPValue ?? pValue),
        `${verdictWord(comparison)}${comparison.clientLimited ? ', client-limited' : ''}${reason === null ? '' : `: ${reason}`}`,
      ];
    }),
  };
}
