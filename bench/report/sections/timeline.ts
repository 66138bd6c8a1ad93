/** Latency over the time of the run, with the warm-ups shaded and the lag of the load generator beneath. */
import { quantile } from '../../stats/quantile.ts';
import type { Chart, Line, Section } from '../document.ts';
import { amount, fixed } from '../format.ts';
import type { TimeLine, TimePoint, TimeSeries } from '../time-series.ts';

/** A line without a point for so long is broken, in seconds: between the starts of a run. */
const BREAK_S = 5;

/** The quantile that is the smallest value. */
const LEAST = 1e-9;

/** One stream over time, every experiment in the table; null where nothing was answered. */
export function timelineSection(series: TimeSeries, baseline: string): Section | null {
  const lines = series.lines.filter(({ points }) => points.some(({ p50Ms }) => p50Ms !== null));
  if (lines.length === 0) return null;
  const late = lines.filter(({ points }) => points.some(({ lagP99Ms }) => lagP99Ms !== null));
  const lag = late.length === 0 ? [] : [chartOf(series, 'generator lag, p99', late.map(lagLine))];
  const asked = lines.filter(isSingleStream);
  const shown = asked.length > 0 ? asked : lines.filter(({ experiment }) => experiment === lines[0]?.experiment);
  const latency = chartOf(series, shown[0]?.experiment ?? '', shown.flatMap(latencyLines));
  return {
    id: 'timeline',
    title: 'Over the time of the run',
    blocks: [
      {
        kind: 'figure',
        finding: timelineFinding(series, lines, baseline),
        pictures: [latency, ...lag],
        note: `Lines are the median of a window, or of a second where windows are longer; faint ones its p99, both of answered requests on a logarithmic axis. Shaded: warm-up. ${
          lag.length > 0
            ? 'Lag: how late the load generator sent in open loops.'
            : 'All loops of this run are closed: nothing is due at a time, so there is no lag to show.'
        }`,
        table: {
          kind: 'table',
          head: ['arm', 'experiment', 'requests', 'least p50 ms', 'median', 'highest', 'highest p99', 'highest lag'],
          rows: lines.map(lineRow),
          words: 2,
        },
      },
    ],
  };
}

function isSingleStream({ experiment }: TimeLine): boolean {
  return experiment === 'single-stream';
}

function chartOf({ endS, warmUps }: TimeSeries, title: string, lines: readonly Line[]): Chart {
  const isLog = title !== 'generator lag, p99';
  return {
    kind: 'chart',
    title,
    x: { label: 'time since the run began, s', ends: [0, endS] },
    y: { label: 'ms', isLog },
    shaded: warmUps,
    lines,
  };
}

function latencyLines({ subject, points }: TimeLine): Line[] {
  return [
    { subject, path: pathOf(points, ({ p99Ms }) => p99Ms), shape: 'faint' },
    { subject, path: pathOf(points, ({ p50Ms }) => p50Ms) },
  ];
}

function lagLine({ subject, points }: TimeLine): Line {
  return { subject, path: pathOf(points, ({ lagP99Ms }) => lagP99Ms) };
}

/** The values over time, with a gap between starts. */
function pathOf(points: readonly TimePoint[], read: (point: TimePoint) => number | null): [number, number][] {
  const known = points.filter((point) => read(point) !== null);
  return known.flatMap((point, i): [number, number][] => {
    const before = known[i - 1]?.atS ?? point.atS;
    const gap: [number, number][] = point.atS - before > BREAK_S ? [[before, Number.NaN]] : [];
    return [...gap, [point.atS, read(point) ?? Number.NaN]];
  });
}

/** How the median of one stream of the baseline moved over the run, and how late requests were sent. */
function timelineFinding({ endS }: TimeSeries, lines: readonly TimeLine[], baseline: string): string {
  const line = lines.find((one) => one.subject === baseline && isSingleStream(one)) ?? lines[0];
  const medians = valuesOf(line, ({ p50Ms }) => p50Ms);
  const lags = lines.flatMap((one) => valuesOf(one, ({ lagP99Ms }) => lagP99Ms));
  const lag = lags.length === 0 ? '' : `; the generator's lag was at most ${amount(quantile(lags, 1))} ms at p99`;
  return `Over ${amount(endS / 60)} minutes the median of ${line?.subject} (${line?.experiment}, warm-up included) lay between ${amount(quantile(medians, LEAST))} and ${amount(quantile(medians, 1))} ms${lag}.`;
}

function valuesOf(line: TimeLine | undefined, read: (point: TimePoint) => number | null): number[] {
  return (line?.points ?? []).flatMap((point) => read(point) ?? []);
}

/** Hundreds of windows are no table to read: a row for each line. */
function lineRow(line: TimeLine): string[] {
  const at = (read: (point: TimePoint) => number | null, share: number) =>
    fixed(quantile(valuesOf(line, read), share), 3);
  return [
    line.subject,
    line.experiment,
    amount(line.points.reduce((sum, { requests }) => sum + requests, 0)),
    ...[LEAST, 0.5, 1].map((share) => at(({ p50Ms }) => p50Ms, share)),
    at(({ p99Ms }) => p99Ms, 1),
    at(({ lagP99Ms }) => lagP99Ms, 1),
  ];
}
