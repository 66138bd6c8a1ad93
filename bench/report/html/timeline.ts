/** Latency over the time of the run, with the warm-ups shaded and the lag of the load generator beneath. */
import type { Results } from '../../analysis/results.ts';
import { quantile } from '../../stats/quantile.ts';
import { timelineFinding } from '../findings.ts';
import { dataOf, section, type Table } from './figure.ts';
import { html, jsonForScript, type Markup } from './markup.ts';
import { amount } from './numbers.ts';
import { legend, type SeriesStyle, styleOf } from './series-style.ts';
import type { TimeLine, TimePoint, TimeSeries } from './time-series.ts';

type Styles = ReadonlyMap<string, SeriesStyle>;

/** The id of the element with the data, which the script of the page reads. */
export const TIMELINE_DATA = 'timeline-data';

export function timelineSection(series: TimeSeries, results: Results, styles: Styles): Markup | null {
  const finding = timelineFinding(series, results.baseline);
  const lines = series.lines.filter(({ points }) => points.length > 0);
  if (finding === null || lines.length === 0) return null;
  const subjects = [...new Set(lines.map(({ subject }) => styleOf(styles, subject)))];
  const experiments = [...new Set(lines.map(({ experiment }) => experiment))];
  const hasLag = lines.some(({ points }) => points.some(({ lagP99Ms }) => lagP99Ms !== null));
  const lagNote = hasLag
    ? 'Beneath: how late the load generator sent (p99), in all open loops of the run.'
    : 'All loops of this run are closed: nothing is due at a time, so there is no lag to show.';
  return section('timeline', 'Over the time of the run', [
    html`<figure>
<p class="finding">${finding}</p>
${legend(subjects)}
<p class="controls"><label>Experiment <select id="timeline-experiment">${experiments.map((name) => html`<option>${name}</option>`)}</select></label></p>
<div class="chart" role="img" aria-label="${finding}"><div id="timeline-latency"></div><div id="timeline-lag"></div></div>
<p class="readout" id="timeline-readout"></p>
<noscript><p class="note">This drawing needs the script of the page; the table does not.</p></noscript>
<p class="note">Lines are the median of a window, or of a second where windows are longer; symbols its p99, both of answered
requests on a logarithmic axis. Shaded: warm-up. ${lagNote}</p>
${dataOf(tableOfLines(lines))}
</figure>
<script type="application/json" id="${TIMELINE_DATA}">${jsonForScript(dataFor(series, styles))}</script>`,
  ]);
}

/** What the script draws: columns instead of points, and only the digits that can be seen. */
function dataFor({ lines, warmUps, endS }: TimeSeries, styles: Styles) {
  const column = (points: readonly TimePoint[], read: (point: TimePoint) => number | null) =>
    points.map((point) => rounded(read(point)));
  return {
    endS: rounded(endS),
    warmUps: warmUps.map((stretch) => stretch.map(rounded)),
    lines: lines.map(({ subject, experiment, points }) => ({
      subject,
      experiment,
      color: styleOf(styles, subject).color,
      dash: styleOf(styles, subject).dash,
      symbol: styleOf(styles, subject).symbol,
      atS: points.map(({ atS }) => Number(atS.toFixed(2))),
      p50Ms: column(points, ({ p50Ms }) => p50Ms),
      p99Ms: column(points, ({ p99Ms }) => p99Ms),
      lagP99Ms: column(points, ({ lagP99Ms }) => lagP99Ms),
    })),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}

/** Thousands of windows are no table to read: a row for each line. */
function tableOfLines(lines: readonly TimeLine[]): Table {
  return {
    head: [
      'subject',
      'experiment',
      'points',
      'requests',
      'lowest p50',
      'median p50',
      'highest p50',
      'highest p99',
      'highest lag',
    ],
    text: [1],
    rows: lines.map(({ subject, experiment, points }) => {
      const medians = points.flatMap(({ p50Ms }) => p50Ms ?? []);
      const at = (share: number) => amount(quantile(medians, share));
      const highest = (read: (point: TimePoint) => number | null) =>
        amount(
          quantile(
            points.flatMap((point) => read(point) ?? []),
            1,
          ),
        );
      return [
        subject,
        experiment,
        points.length,
        amount(points.reduce((sum, { requests }) => sum + requests, 0)),
        ...[at(1e-9), at(0.5), at(1)],
        highest(({ p99Ms }) => p99Ms),
        highest(({ lagP99Ms }) => lagP99Ms),
      ];
    }),
  };
}
