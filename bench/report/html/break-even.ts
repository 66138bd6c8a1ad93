/** The break-even curve: the share of a request's time that the hop takes, against the time of the Worker itself. */
import * as Plot from '@observablehq/plot';
import type { BreakEvenPoint, Results } from '../../analysis/results.ts';
import { breakEvenFinding } from '../findings.ts';
import { xAxis, yAxis } from './axes.ts';
import { drawing, type Size } from './drawing.ts';
import { figure, section } from './figure.ts';
import { placeLabels } from './labels.ts';
import type { Markup } from './markup.ts';
import { amount, bytes, percent, range } from './numbers.ts';
import { legend, type SeriesStyle, styleOf } from './series-style.ts';
import { logDomain, logTicks } from './ticks.ts';

type Styles = ReadonlyMap<string, SeriesStyle>;

const CURVE_POINTS = 60;

export function breakEvenSection(results: Results, styles: Styles): Markup | null {
  const finding = breakEvenFinding(results);
  const { breakEven } = results;
  if (finding === null || breakEven.length === 0) return null;
  const subjects = [...new Set(breakEven.map(({ subject }) => styleOf(styles, subject)))];
  return section('break-even', 'When the hop matters', [
    figure({
      finding,
      legend: legend(subjects),
      draw: (size) => drawBreakEven(breakEven, styles, size),
      table: {
        head: ['workload', 'subject', 'Worker, ms', 'hop, ms', '95% interval', 'share', 'request'],
        text: [1],
        rows: breakEven.map(({ workload, subject, workerMs, hopMs, share, requestBytes }) => [
          workload,
          subject,
          amount(workerMs),
          amount(hopMs.estimate),
          range(hopMs.ci95),
          percent(share),
          requestBytes === null ? '-' : bytes(Math.round(requestBytes)),
        ]),
      },
      note: `Lines: what the share would be if the hop always took a subject's mean over these workloads. Points: what was measured, with the 95% interval of the hop. The Worker's own time is ${results.baseline}'s median less that of the empty Worker.`,
    }),
  ]);
}

function shareAt(hopMs: number, workerMs: number): number {
  return hopMs / (workerMs + hopMs);
}

/** The drawing alone. */
export function drawBreakEven(points: readonly BreakEvenPoint[], styles: Styles, { width, compact }: Size): string {
  const domain = logDomain(
    points.map(({ workerMs }) => workerMs),
    1.5,
  );
  const bySubject = [...Map.groupBy(points, ({ subject }) => subject)];
  const shares = points.map((point) => ({ ...point, ...ends(point), style: styleOf(styles, point.subject) }));
  const top = Math.min(1, Math.max(0.1, ...shares.map(({ high }) => high)) * 1.2);
  const bottom = Math.min(0, ...shares.map(({ low }) => low));
  const frame = {
    width,
    height: compact ? 300 : 380,
    marginLeft: 48,
    marginBottom: 42,
    marginTop: 26,
    marginRight: 16,
  };
  const ticks = logTicks(...domain, compact ? 5 : 8);
  return drawing({
    ...frame,
    x: { type: 'log', domain },
    y: { domain: [bottom, top] },
    marks: [
      ...yAxis("hop's share of a request's time", { ticks: 6, tickFormat: percent }),
      ...xAxis("the Worker's own time, ms", { ticks }),
      Plot.ruleY([0], { stroke: 'var(--line)' }),
      ...bySubject.map(([subject, own]) => {
        const { color, dash } = styleOf(styles, subject);
        return Plot.line(curveOf(own, domain), { stroke: color, strokeDasharray: dash, strokeOpacity: 0.6 });
      }),
      Plot.ruleX(shares, {
        x: 'workerMs',
        y1: 'low',
        y2: 'high',
        stroke: ({ style }) => style.color,
        strokeWidth: 1.5,
      }),
      ...shares.map(({ workerMs, share, style }) =>
        Plot.dot([[workerMs, share]], { symbol: style.symbol, fill: style.color, stroke: 'var(--paper)', r: 5 }),
      ),
      ...labelMarks(points, { frame, domain, range: [bottom, top] }),
    ],
  });
}

/** What the share would be if the hop took its mean over all workloads. */
function curveOf(points: readonly BreakEvenPoint[], [low, high]: readonly [number, number]): [number, number][] {
  const hopMs = points.reduce((sum, point) => sum + point.hopMs.estimate, 0) / points.length;
  if (hopMs <= 0) return [];
  return Array.from({ length: CURVE_POINTS + 1 }, (_, i) => {
    const workerMs = low * (high / low) ** (i / CURVE_POINTS);
    return [workerMs, shareAt(hopMs, workerMs)];
  });
}

function ends({ workerMs, hopMs }: BreakEvenPoint): { low: number; high: number } {
  const [low, high] = hopMs.ci95.map((end) => shareAt(Math.max(end, -0.4 * workerMs), workerMs));
  return { low: low ?? 0, high: high ?? 0 };
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly marginLeft: number;
  readonly marginRight: number;
  readonly marginTop: number;
  readonly marginBottom: number;
}

interface Scales {
  readonly frame: Frame;
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
}

/** One name a workload, above its highest point where that is free, else as near as it is. */
function labelMarks(points: readonly BreakEvenPoint[], { frame, domain, range: [bottom, top] }: Scales) {
  const inner = {
    width: frame.width - frame.marginLeft - frame.marginRight,
    height: frame.height - frame.marginTop - frame.marginBottom,
  };
  const x = (ms: number) => (Math.log(ms / domain[0]) / Math.log(domain[1] / domain[0])) * inner.width;
  const y = (share: number) => (1 - (share - bottom) / (top - bottom)) * inner.height;
  const dots = points.map((point) => ({ x: x(point.workerMs), y: y(point.share) }));
  const named = [...Map.groupBy(points, ({ workload }) => workload)].map(([workload, own]) => {
    const highest = own.reduce((best, point) => (point.share > best.share ? point : best));
    return { text: workload, x: x(highest.workerMs), y: y(highest.share) };
  });
  return placeLabels(named, dots, inner).map(({ text, x: left, y: line }) =>
    Plot.text([text], {
      text: [text],
      frameAnchor: 'top-left',
      textAnchor: 'start',
      lineAnchor: 'middle',
      dx: left,
      dy: line,
      fill: 'var(--muted)',
      stroke: 'var(--paper)',
      strokeWidth: 4,
    }),
  );
}
