/** The percentile curve of one stream, on an axis of 1 / (1 - p), which gives every further nine the same room. */
import * as Plot from '@observablehq/plot';
import type { PercentileCurve, Results } from '../../analysis/results.ts';
import { percentilesFinding } from '../findings.ts';
import { xAxis, yAxis } from './axes.ts';
import { drawing, type Size } from './drawing.ts';
import { figure, section, type Table } from './figure.ts';
import type { Markup } from './markup.ts';
import { amount } from './numbers.ts';
import { legend, type SeriesStyle, styleOf } from './series-style.ts';
import { logDomain, logTicks } from './ticks.ts';

interface Line {
  readonly style: SeriesStyle;
  /** 1 / (1 - quantile), and milliseconds. */
  readonly points: readonly (readonly [number, number])[];
}

/** Quantiles that have a tick, and a column of the table. */
const QUANTILES = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

export function percentilesSection(results: Results, styles: ReadonlyMap<string, SeriesStyle>): Markup | null {
  const curves = results.percentiles.filter(({ condition }) => condition.experiment === 'single-stream');
  const finding = percentilesFinding(results);
  if (curves.length === 0 || finding === null) return null;
  const lines = curves.map(({ subject, responseMs }) => ({
    style: styleOf(styles, subject),
    points: scaled(responseMs),
  }));
  const client = curves[0]?.condition.client ?? '';
  return section('percentiles', 'The whole distribution', [
    figure({
      finding,
      legend: legend(lines.map(({ style }) => style)),
      draw: (size) => draw(lines, size),
      table: tableOfCurves(curves),
      note: `Response times of one connection, closed loop, client ${client}; the client's own time is in all of them. Both axes are logarithmic; requests that failed lie beyond the end of a line.`,
    }),
  ]);
}

function scaled(curve: PercentileCurve['responseMs']): [number, number][] {
  return curve.flatMap(([quantile, ms]) => (quantile < 1 && ms > 0 ? [[1 / (1 - quantile), ms]] : []));
}

function draw(lines: readonly Line[], { width, compact }: Size): string {
  const points = lines.flatMap((line) => line.points);
  const right = Math.max(10, ...points.map(([x]) => x));
  const ticks = [1, ...QUANTILES.map((quantile) => 1 / (1 - quantile))].filter((tick) => tick <= right * 1.01);
  const domain = logDomain(points.map(([, ms]) => ms));
  const shown = compact ? ticks.filter((tick) => tick !== 1) : ticks;
  return drawing({
    width,
    height: compact ? 260 : 340,
    marginLeft: 46,
    marginBottom: 42,
    marginTop: 26,
    marginRight: 22,
    x: { type: 'log', domain: [1, right] },
    y: { type: 'log', domain },
    marks: [
      ...yAxis('response time, ms', { ticks: logTicks(...domain, 7) }),
      ...xAxis('percentile', { ticks: shown, tickFormat: percentile }),
      ...lines.map(({ style, points: own }) =>
        Plot.line(own, { stroke: style.color, strokeWidth: 1.75, strokeDasharray: style.dash }),
      ),
      ...lines.map(({ style, points: own }) =>
        Plot.dot(
          QUANTILES.flatMap((quantile) => at(own, 1 / (1 - quantile))),
          { symbol: style.symbol, fill: style.color, stroke: 'var(--paper)', r: 4 },
        ),
      ),
    ],
  });
}

/** The first point of a curve from `x` on. */
function at(points: Line['points'], x: number): (readonly [number, number])[] {
  const found = points.find(([own]) => own >= x * 0.999);
  return found === undefined ? [] : [found];
}

/** 1 / (1 - p) as a percentage with as many nines as it has. */
function percentile(value: number): string {
  const digits = Math.max(0, Math.round(Math.log10(value)) - 2);
  return `${(100 * (1 - 1 / value)).toFixed(digits)}%`;
}

function tableOfCurves(curves: readonly PercentileCurve[]): Table {
  const values = (curve: PercentileCurve['responseMs']) =>
    QUANTILES.map((quantile) => amount(curve.find(([own]) => own >= quantile)?.[1] ?? null));
  return {
    head: ['subject, ms', ...QUANTILES.map((quantile) => percentile(1 / (1 - quantile)))],
    rows: curves.map(({ subject, responseMs }) => [subject, ...values(responseMs)]),
  };
}
