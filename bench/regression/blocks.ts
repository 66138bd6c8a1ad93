/** The comparison of two runs as a document: a table, what must be known of it, and one sentence that answers. */
import { METRICS, type Metric } from '../analysis/metrics.ts';
import { type Block, type Column, tableOf } from '../report/document.ts';
import { percent } from '../report/format.ts';
import type { RunComparison, RunLine, RunVerdict } from './compare-runs.ts';

/** Names of the primary metrics, for people; @ is followed by the number of connections. */
const NAMES: Partial<Record<Metric, string>> = {
  latencyP50Ms: 'latency @1',
  rps: 'requests/s @8',
  cpuMsPerRequest: 'CPU/request @8',
  memoryMiB: 'memory',
};

/** What a reader looks for first stands first. */
const ORDER: readonly RunVerdict[] = ['regression', 'invalid', 'inconclusive', 'improvement', 'no change'];

/** Rows, columns, notes and their length in the short document, so that it fits into 24 lines of 80 columns. */
const SHORT = { rows: 8, columns: 6, notes: 2, worst: 2, text: 150 };
const FULL = { rows: Infinity, columns: Infinity, notes: Infinity, worst: Infinity, text: Infinity };

/** From this share on a reader is told that the machine changed. */
const NOTABLE_CHANGE = 0.1;

const HOW =
  "@1, @8: connections. Intervals are Welch's over starts; verdicts are after Holm's correction, and a change of 5% or less, or " +
  'of 0.05 ms in latency, is none. "seen from": a change for the worse by this much is found 4 times in 5.';

/** Short: at most 24 lines of 80 columns. Otherwise with all figures, raw changes, controls, reasons and notes. */
export function comparisonBlocks(comparison: RunComparison, isShort: boolean): Block[] {
  const { older, newer, notComparable, lines, notes } = comparison;
  const most = isShort ? SHORT : FULL;
  const list = (items: readonly string[], count: number): Block[] =>
    items.length === 0 ? [] : [{ kind: 'list', items: items.slice(0, count).map((item) => cut(item, most.text)) }];
  const label = ({ date, commit }: RunComparison['older']) =>
    `${date.slice(0, 19)}, commit ${commit?.slice(0, 12) ?? 'unknown'}`;
  const labels: Block = { kind: 'text', text: `older ${label(older)}; newer ${label(newer)}` };
  const answer: Block = { kind: 'answer', text: answerTo(comparison, most) };
  if (notComparable.length > 0) return [labels, ...list(notComparable, most.rows), answer];
  const rows = lines.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict)).slice(0, most.rows);
  const more = rows.length < lines.length ? [`${lines.length - rows.length} more figures: --verbose.`] : [];
  const reasons = lines.flatMap((line) => (line.reason === null ? [] : whyInvalid(line)));
  const told = [...machineNotes(comparison), ...more, ...notes, ...(isShort ? [] : [...reasons, HOW])];
  const table = tableOf(rows, 3, COLUMNS.slice(0, most.columns));
  return [labels, table, { kind: 'note', text: controlNote(lines) }, ...list(told, most.notes), answer];
}

/** In full with the raw change and the control. */
const COLUMNS: readonly Column<RunLine>[] = [
  ['subject', ({ subject }) => subject],
  ['figure', ({ metric }) => NAMES[metric] ?? metric],
  ['verdict', ({ verdict }) => (verdict === 'regression' ? 'REGRESSION' : verdict)],
  ['change', ({ ratio }) => change(ratio?.estimate)],
  ['95% interval', ({ ratio }) => ratio?.ci95.map(change).join('..') ?? '-'],
  [
    'seen from',
    ({ metric, detectableRatio: seen }) => change(seen && (METRICS[metric].lowerIsBetter ? seen : 1 / seen)),
  ],
  ['raw', ({ raw }) => change(raw?.estimate)],
  ['control', ({ control }) => control ?? '-'],
];

/** Which rule was used, and why. */
function controlNote(lines: readonly RunLine[]): string {
  const controls = [...new Set(lines.flatMap(({ control }) => control ?? []))];
  const without = lines.some(({ control, metric }) => control === null && metric !== 'memoryMiB');
  const used = `Relative to ${controls.join(', ')} in the same start: what the machine did to both is out of it.`;
  const unused = 'Figures without a control are raw: a change of the machine is in them and cannot be told apart.';
  return [controls.length > 0 ? used : [], without ? unused : []].flat().join(' ');
}

function machineNotes({ machine }: RunComparison): string[] {
  const changes = machine.flatMap(({ metric, slower }) => {
    const [share, way] = [Math.abs(slower), slower > 0 ? 'slower' : 'faster'];
    return share > NOTABLE_CHANGE ? `${NAMES[metric]} ${percent(share)} ${way}` : [];
  });
  return changes.length === 0 ? [] : [`The machine changed (${machine[0]?.subject}): ${changes.join(', ')}.`];
}

/** One sentence: what was found, or the least that would have been. */
function answerTo({ exitCode, notComparable, lines }: RunComparison, most: typeof SHORT): string {
  if (notComparable.length > 0) return `NOT COMPARABLE: ${notComparable.length} difference(s) between the runs, above.`;
  const of = (verdict: RunVerdict) => lines.filter((line) => line.verdict === verdict);
  const [worse, invalid, open] = [of('regression'), of('invalid'), of('inconclusive').length];
  if (exitCode === 1) {
    const clauses = worse.map(({ subject, metric, ratio }) => {
      return `${subject} ${NAMES[metric]} by ${change(ratio?.estimate)} (${ratio?.ci95.map(change).join('..')})`;
    });
    const more = worse.length > most.worst ? [`${worse.length - most.worst} more`] : [];
    return `REGRESSION: worse in ${[...clauses.slice(0, most.worst), ...more].join(', ')}.`;
  }
  if (exitCode === 3) {
    const why = invalid.map(whyInvalid)[0] ?? 'nothing to compare';
    return `INVALID: ${invalid.length} of ${lines.length} figures cannot be compared (${cut(why, most.text)}).`;
  }
  const ratio = Math.max(...lines.map(({ detectableRatio }) => detectableRatio ?? 1));
  const least = `a slow-down or growth of ${Math.ceil(100 * (ratio - 1))}% or more`;
  const middle = open === 0 ? '' : `, though ${open} may have changed by less than can be told`;
  return `NO REGRESSION in ${lines.length} figures${middle}: ${least} in any of them would have been seen (4 times in 5).`;
}

function whyInvalid({ subject, metric, reason }: RunLine): string {
  return `${subject}, ${NAMES[metric] ?? metric}: ${reason}`;
}

/** A ratio as a signed percentage: +8.3%. */
function change(ratio: number | null | undefined): string {
  return ratio == null ? '-' : `${ratio < 1 ? '' : '+'}${percent(ratio - 1, 1)}`;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}~` : text;
}
