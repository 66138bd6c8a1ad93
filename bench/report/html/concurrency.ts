/** Throughput against concurrency: right answers a second of a closed loop with more and more connections. */
import * as Plot from '@observablehq/plot';
import type { Measurement, Results } from '../../analysis/results.ts';
import { throughputFinding } from '../findings.ts';
import { xAxis, yAxis } from './axes.ts';
import { drawing, type Size } from './drawing.ts';
import { figure, NOT_COMPARED, section } from './figure.ts';
import { lawsPart } from './laws.ts';
import type { Markup } from './markup.ts';
import { mixedFigure } from './mixed.ts';
import { amount, range } from './numbers.ts';
import { withoutReferences } from './references.ts';
import { legend, type SeriesStyle, styleOf } from './series-style.ts';

type Styles = ReadonlyMap<string, SeriesStyle>;

interface Point {
  readonly connections: number;
  readonly rps: number;
  readonly low: number;
  readonly high: number;
  readonly limited: boolean;
  readonly style: SeriesStyle;
}

export function scalabilitySection(results: Results, styles: Styles): Markup | null {
  return section('scalability', 'Scalability', [
    concurrencyFigure(results, styles),
    lawsPart(results),
    mixedFigure(results, styles),
  ]);
}

function concurrencyFigure(results: Results, styles: Styles): Markup | null {
  const sweep = results.measurements.filter(
    ({ metric, condition }) => metric === 'rps' && condition?.experiment === 'sweep',
  );
  const points = withoutReferences(sweep, ({ subject }) => subject).flatMap((one) => pointOf(one, styles) ?? []);
  if (points.length === 0) return null;
  return figure({
    finding: throughputFinding(results) ?? NOT_COMPARED,
    legend: legend([...new Set(points.map(({ style }) => style))]),
    draw: (size) => draw(points, size),
    table: {
      head: ['subject', 'connections', 'requests/s', '95% interval', 'client-limited', 'remark'],
      text: [5],
      rows: sweep.map((one) => [
        one.subject,
        connectionsOf(one) ?? '-',
        amount(one.estimate),
        range(one.ci95),
        one.clientLimited === null ? 'not known' : one.clientLimited ? 'yes' : 'no',
        one.invalid ?? '',
      ]),
    },
    note: 'Closed loop; client and servers share the machine. A hollow point is client-limited: the client used more CPU than the server there. Bars are 95% intervals over starts.',
  });
}

function connectionsOf({ condition }: Measurement): number | null {
  return condition?.load.kind === 'closed' ? condition.load.connections : null;
}

function pointOf(one: Measurement, styles: Styles): Point | null {
  const { subject, estimate, ci95, invalid, clientLimited } = one;
  const connections = connectionsOf(one);
  if (connections === null || estimate === null || invalid !== null) return null;
  const [low, high] = ci95 ?? [estimate, estimate];
  return { connections, rps: estimate, low, high, limited: clientLimited === true, style: styleOf(styles, subject) };
}

function draw(points: readonly Point[], { width, compact }: Size): string {
  const all = [...new Set(points.map(({ connections }) => connections))].sort((a, b) => a - b);
  const [first = 1, last = 1] = [all[0], all.at(-1)];
  return drawing({
    width,
    height: compact ? 260 : 340,
    marginLeft: 54,
    marginBottom: 42,
    marginTop: 26,
    marginRight: 16,
    x: { type: 'log', base: 2, domain: [first / 1.1, last * 1.1] },
    y: {
      domain: [0, Math.max(...points.map(({ high }) => high))],
      nice: true,
    },
    marks: [
      ...yAxis('requests/s', { ticks: 6 }),
      ...xAxis('connections', { ticks: all }),
      Plot.ruleY([0], { stroke: 'var(--line)' }),
      ...[...Map.groupBy(points, ({ style }) => style)].flatMap(([style, own]) => [
        Plot.line(own, {
          x: 'connections',
          y: 'rps',
          stroke: style.color,
          strokeDasharray: style.dash,
          strokeWidth: 1.75,
        }),
        Plot.ruleX(own, { x: 'connections', y1: 'low', y2: 'high', stroke: style.color }),
        Plot.dot(own, {
          x: 'connections',
          y: 'rps',
          symbol: style.symbol,
          fill: ({ limited }) => (limited ? 'var(--paper)' : style.color),
          stroke: ({ limited }) => (limited ? style.color : 'var(--paper)'),
          r: 4.5,
        }),
      ]),
    ],
  });
}
