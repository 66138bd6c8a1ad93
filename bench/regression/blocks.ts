/** The comparison of two runs as a document: a table, what must be known of it, and one sentence that answers. */
import { METRICS, type Metric } from '../analysis/metrics.ts';
import type { Block } from '../report/document.ts';
import type { RunComparison, RunLabel, RunLine, RunVerdict } from './compare-runs.ts';

/** Names of the primary metrics, for people; @ is followed by the number of connections. */
const NAMES: Partial<Record<Metric, string>> = {
  latencyP50Ms: 'latency @1',
  rps: 'requests/s @8',
  cpuMsPerRequest: 'CPU/request @8',
  memoryMiB: 'memory',
};

/** What a reader looks for first stands first. */
const ORDER: readonly RunVerdict[] = ['regression', 'invalid', 'inconclusive', 'improvement', 'no change'];

/** Rows and notes of the short document, so that it fits into 24 lines of 80 columns. */
const MAX_ROWS = 8;
const MAX_NOTES = 2;
const MAX_NAME = 16;
const MAX_REASON = 150;

/** From this share on a reader is told that the machine changed. */
const NOTABLE_CHANGE = 0.1;

/** Short: at most 24 lines of 80 columns. Otherwise with all figures, raw changes, controls, reasons and notes. */
export function comparisonBlocks(comparison: RunComparison, isShort: boolean): Block[] {
  const { older, newer, notComparable, lines } = comparison;
  const answer: Block = { kind: 'answer', text: answerTo(comparison, isShort) };
  const labels = `older ${label(older)}; newer ${label(newer)}`;
  if (notComparable.length > 0) {
    const told = isShort ? notComparable.slice(0, MAX_ROWS).map((reason) => cut(reason, MAX_REASON)) : notComparable;
    return [{ kind: 'text', text: labels }, { kind: 'list', items: told }, answer];
  }
  const sorted = [...lines].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  const rows = isShort ? sorted.slice(0, MAX_ROWS) : sorted;
  const rest = lines.length - rows.length;
  const notes = [...machineNotes(comparison), ...(rest === 0 ? [] : [`${rest} more figures: --verbose.`])];
  const items = isShort
    ? [...notes, ...comparison.notes].slice(0, MAX_NOTES).map((note) => cut(note, MAX_REASON))
    : [...notes, ...comparison.notes, ...reasonsOf(lines), HOW];
  return [
    { kind: 'text', text: labels },
    table(rows, isShort),
    { kind: 'note', text: controlNote(lines) },
    ...(items.length === 0 ? [] : [{ kind: 'list', items } as const]),
    answer,
  ];
}

/** In full with the raw change and the control. */
function table(lines: readonly RunLine[], isShort: boolean): Block {
  const head = ['subject', 'figure', 'verdict', 'change', '95% interval', 'seen from'];
  const rows = lines.map(({ verdict, ratio, raw, control, ...line }) => {
    const seen = seenFrom(line);
    const short = [
      cut(line.subject, MAX_NAME),
      nameOf(line),
      verdict === 'regression' ? 'REGRESSION' : verdict,
      ratio === null ? '-' : change(ratio.estimate),
      ratio === null ? '-' : `${change(ratio.ci95[0])}..${change(ratio.ci95[1])}`,
      seen === null ? '-' : change(seen),
    ];
    return isShort ? short : [...short, raw === null ? '-' : change(raw.estimate), control ?? '-'];
  });
  return { kind: 'table', head: isShort ? head : [...head, 'raw', 'control'], rows, words: 3 };
}

/** The factor from which a change for the worse would have been seen. */
function seenFrom({ metric, detectableRatio }: Pick<RunLine, 'metric' | 'detectableRatio'>): number | null {
  return detectableRatio === null || METRICS[metric].lowerIsBetter ? detectableRatio : 1 / detectableRatio;
}

const HOW =
  "@1, @8: connections. Intervals are Welch's over starts; verdicts are after Holm's correction, and a change of 5% or less, or " +
  'of 0.05 ms in latency, is none. "seen from": a change for the worse by this much is found 4 times in 5.';

/** Which rule was used, and why. */
function controlNote(lines: readonly RunLine[]): string {
  const controls = [...new Set(lines.flatMap(({ control }) => control ?? []))];
  const without = lines.some(({ control, metric }) => control === null && metric !== 'memoryMiB');
  const used = `Relative to ${controls.join(', ')} in the same start: what the machine did to both is out of it.`;
  const unused = 'Figures without a control are raw: a change of the machine is in them and cannot be told apart.';
  return [controls.length > 0 ? used : [], without ? unused : []].flat().join(' ');
}

function machineNotes({ machine }: RunComparison): string[] {
  const notable = machine.filter(({ slower }) => Math.abs(slower) > NOTABLE_CHANGE);
  if (notable.length === 0) return [];
  const changes = notable.map(
    (one) => `${nameOf(one)} ${(100 * Math.abs(one.slower)).toFixed(0)}% ${one.slower > 0 ? 'slower' : 'faster'}`,
  );
  return [`The machine changed (${notable[0]?.subject}): ${changes.join(', ')}.`];
}

function reasonsOf(lines: readonly RunLine[]): string[] {
  return lines.flatMap((line) => (line.reason === null ? [] : `${line.subject}, ${nameOf(line)}: ${line.reason}`));
}

/** One sentence: what was found, or the least that would have been. */
function answerTo({ exitCode, notComparable, lines }: RunComparison, isShort: boolean): string {
  if (notComparable.length > 0) return `NOT COMPARABLE: ${notComparable.length} difference(s) between the runs, above.`;
  const of = (verdict: RunVerdict) => lines.filter((line) => line.verdict === verdict);
  if (exitCode === 1) {
    const worst = of('regression').map((line) => `${line.subject} ${nameOf(line)} by ${intervalText(line)}`);
    const more = worst.length > 2 && isShort ? [`${worst.length - 2} more`] : [];
    return `REGRESSION: worse in ${[...(isShort ? worst.slice(0, 2) : worst), ...more].join(', ')}.`;
  }
  const invalid = of('invalid');
  if (exitCode === 3) {
    const [first] = invalid;
    const why = first === undefined ? 'nothing to compare' : `${first.subject}, ${nameOf(first)}: ${first.reason}`;
    return `INVALID: ${invalid.length} of ${lines.length} figures cannot be compared (${isShort ? cut(why, MAX_REASON) : why}).`;
  }
  const least = `a slow-down or growth of ${percent(Math.max(...lines.map((line) => line.detectableRatio ?? 1)))} or more`;
  const open = of('inconclusive').length;
  const middle = open === 0 ? '' : `, though ${open} may have changed by less than can be told`;
  return `NO REGRESSION in ${lines.length} figures${middle}: ${least} in any of them would have been seen (4 times in 5).`;
}

function intervalText({ ratio }: RunLine): string {
  return ratio === null ? '-' : `${change(ratio.estimate)} (${change(ratio.ci95[0])}..${change(ratio.ci95[1])})`;
}

function nameOf({ metric }: Pick<RunLine, 'metric'>): string {
  return NAMES[metric] ?? metric;
}

/** A ratio as a signed percentage: +8.3%. */
function change(ratio: number): string {
  const text = (100 * (ratio - 1)).toFixed(1);
  return `${ratio < 1 ? '' : '+'}${text}%`;
}

/** A ratio above 1 as a percentage that is not smaller. */
function percent(ratio: number): string {
  return `${Math.ceil(100 * (ratio - 1))}%`;
}

function label({ date, commit }: RunLabel): string {
  return `${date.slice(0, 19)}, commit ${commit?.slice(0, 12) ?? 'unknown'}`;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}~` : text;
}
