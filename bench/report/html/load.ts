/** Latency against offered load: response times of an open loop at shares of capacity, with the line of the objective. */
import * as Plot from '@observablehq/plot';
import { OBJECTIVE } from '../../analysis/max-rate.ts';
import type { Measurement, Results } from '../../analysis/results.ts';
import { offeredLoadFinding } from '../findings.ts';
import { xAxis, yAxis } from './axes.ts';
import { drawing, type Size } from './drawing.ts';
import { figure, NOT_COMPARED, section, type Table } from './figure.ts';
import type { Markup } from './markup.ts';
import { maxRateFigure } from './max-rate.ts';
import { amount, percent, range } from './numbers.ts';
import { withoutReferences } from './references.ts';
import { legend, type SeriesStyle, styleOf } from './series-style.ts';
import { logDomain, logTicks } from './ticks.ts';

type Styles = ReadonlyMap<string, SeriesStyle>;

interface Point {
  readonly panel: (typeof PANELS)[keyof typeof PANELS];
  readonly share: number;
  readonly ms: number;
  readonly low: number;
  readonly high: number;
  readonly style: SeriesStyle;
}

const PANELS = { latencyP50Ms: 'p50', latencyP90Ms: 'p90', latencyP99Ms: 'p99' } as const;

export function loadSection(results: Results, styles: Styles): Markup | null {
  return section('load', 'Latency under load', [offeredLoadFigure(results, styles), maxRateFigure(results, styles)]);
}

function offeredLoadFigure(results: Results, styles: Styles): Markup | null {
  const offered = results.measurements.filter(({ condition }) => condition?.experiment === 'offered-load');
  const points = withoutReferences(offered, ({ subject }) => subject).flatMap((one) => pointOf(one, styles) ?? []);
  if (points.length === 0) return null;
  return figure({
    finding: offeredLoadFinding(results) ?? NOT_COMPARED,
    legend: legend([...new Set(points.map(({ style }) => style))]),
    draw: (size) => draw(points, size),
    table: tableOfLoad(offered),
    note: 'Open loop: requests are sent when they are due, whatever the server does, and response time counts from then. Service time (in the table) counts from when a request was sent. Bars are 95% intervals over starts; the vertical axis is logarithmic.',
  });
}

function pointOf({ subject, metric, condition, estimate, ci95, invalid }: Measurement, styles: Styles): Point | null {
  const isDrawn = metric === 'latencyP50Ms' || metric === 'latencyP90Ms' || metric === 'latencyP99Ms';
  if (!isDrawn || estimate === null || invalid !== null || condition?.share === undefined) return null;
  const [low, high] = ci95 ?? [estimate, estimate];
  const style = styleOf(styles, subject);
  return {
    panel: PANELS[metric],
    share: condition.share,
    ms: estimate,
    low,
    high,
    style,
  };
}

function draw(points: readonly Point[], { width, compact }: Size): string {
  const domain = logDomain([OBJECTIVE.ms, ...points.flatMap(({ ms, high }) => [ms, high])], 1.3);
  const side = compact ? 'fy' : 'fx';
  const facet = { [side]: 'panel' };
  const shares = [...new Set(points.map(({ share }) => share))].sort((a, b) => a - b);
  const objective = [{ panel: `p${OBJECTIVE.percentile * 100}`, ms: OBJECTIVE.ms }];
  return drawing({
    width,
    height: compact ? 600 : 330,
    marginLeft: 46,
    marginBottom: 42,
    marginTop: 30,
    marginRight: compact ? 30 : 16,
    x: { domain: [0, 1] },
    y: { type: 'log', domain },
    fx: { label: null, padding: 0.08 },
    fy: { label: null, padding: 0.12 },
    marks: [
      Plot.frame({ stroke: 'var(--line)' }),
      ...yAxis('response time, ms', { ticks: logTicks(...domain, 6) }),
      ...xAxis("offered load, share of the slowest subject's capacity", { ticks: shares, tickFormat: percent }),
      Plot.ruleY(objective, { y: 'ms', ...facet, stroke: 'var(--bad)', strokeDasharray: '5 3' }),
      Plot.text(objective, {
        y: 'ms',
        ...facet,
        text: () => `objective: ${OBJECTIVE.ms} ms`,
        frameAnchor: 'left',
        textAnchor: 'start',
        dx: 6,
        dy: -9,
        fill: 'var(--bad)',
      }),
      ...[...Map.groupBy(points, ({ style }) => style)].flatMap(([style, own]) => [
        Plot.line(own, {
          x: 'share',
          y: 'ms',
          ...facet,
          z: 'panel',
          stroke: style.color,
          strokeDasharray: style.dash,
          strokeWidth: 1.75,
        }),
        Plot.ruleX(own, {
          x: 'share',
          y1: ({ low }) => Math.max(low, domain[0]),
          y2: 'high',
          ...facet,
          stroke: style.color,
        }),
        Plot.dot(own, {
          x: 'share',
          y: 'ms',
          ...facet,
          symbol: style.symbol,
          fill: style.color,
          stroke: 'var(--paper)',
          r: 4.5,
        }),
      ]),
    ],
  });
}

function tableOfLoad(offered: readonly Measurement[]): Table {
  return {
    head: ['subject', 'share', 'requests/s', 'metric', 'ms', '95% interval', 'remark'],
    text: [3, 6],
    rows: offered
      .filter(({ metric }) => metric !== 'cpuMsPerRequest')
      .map(({ subject, condition, metric, estimate, ci95, invalid }) => [
        subject,
        condition?.share === undefined ? '-' : percent(condition.share),
        condition?.load.kind === 'open' ? amount(condition.load.ratePerS) : '-',
        metric,
        amount(estimate),
        range(ci95),
        invalid ?? '',
      ]),
  };
}
