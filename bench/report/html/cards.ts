/** The verdict cards: one for each question that the run was made to answer, the first thing that a reader sees. */
import { METRICS, type Metric } from '../../analysis/metrics.ts';
import type { ComparisonResult, Results } from '../../analysis/results.ts';
import { verdictWord } from '../findings.ts';
import { section } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { count, probability, range, signed, times } from './numbers.ts';
import { isReference } from './references.ts';

const TONES: Readonly<Record<ComparisonResult['verdict'], string>> = {
  faster: 'better',
  slower: 'worse',
  equivalent: 'equal',
  inconclusive: 'unclear',
  invalid: 'invalid',
};

/** Titles of the metrics that are asked for first. */
const TITLES: Readonly<Partial<Record<Metric, string>>> = {
  latencyP50Ms: 'Latency, p50',
  rps: 'Throughput',
  cpuMsPerRequest: 'CPU/request',
  memoryMiB: 'Memory',
};

/** The metric, for people. */
export function metricTitle(metric: Metric): string {
  return TITLES[metric] ?? metric;
}

/** The metric's unit, for people. */
export function unitText(metric: Metric): string {
  return METRICS[metric].unit === 'rps' ? 'requests/s' : METRICS[metric].unit;
}

export function cardsSection({ comparisons, baseline }: Results): Markup | null {
  const primary = comparisons.filter((one) => one.primary);
  const bySubject = [...Map.groupBy(primary, ({ b }) => b)];
  const chosen = bySubject.filter(([name]) => !isReference(name));
  const references = bySubject.filter(([name]) => isReference(name));
  if (bySubject.length === 0) return null;
  const intro = html`<p class="quiet">What the run was made to answer. Under each difference and ratio stands its 95% interval. p values are corrected for the number of these questions (Holm); a
verdict of equivalent means that the 90% interval of the difference is within 5% of ${baseline}'s value, for latency at least
0.05 ms. “Detects” is the smallest ratio that this many repetitions would show with 80% power, and “for
±0.03 ms” how many starts an interval of that half-width takes.</p>`;
  return section('verdicts', `Verdicts, each against ${baseline}`, [
    intro,
    ...chosen.map(([name, cards]) => group(name, cards)),
    ...references.map(([name, cards]) => group(`${name} (a point of reference, not a choice)`, cards)),
  ]);
}

function group(title: string, cards: readonly ComparisonResult[]): Markup {
  return html`<h3>${title}</h3><div class="cards">${cards.map(card)}</div>`;
}

function card(comparison: ComparisonResult): Markup {
  const { metric, condition, verdict, reason, clientLimited } = comparison;
  const where = condition?.load.kind === 'closed' ? `, ${count(condition.load.connections, 'connection')}` : '';
  return html`<article class="card ${TONES[verdict]}">
<h4>${metricTitle(metric)}${where}</h4>
<p class="verdict">${verdictWord(comparison)}</p>
${figures(comparison)}
<dl>${facts(comparison).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${reason === null ? null : html`<p class="reason"><strong>Not valid:</strong> ${reason}</p>`}
${clientLimited && html`<p class="reason"><strong>Client-limited:</strong> the client used more CPU than the server, so the difference is understated.</p>`}
</article>
`;
}

function figures({ metric, ratio, delta }: ComparisonResult): Markup {
  if (ratio === null || delta === null) return html`<p class="big">-</p>`;
  const unit = unitText(metric);
  return html`<div class="figures"><div><p class="big">${signed(delta.estimate)} <small>${unit}</small></p>
<p class="ci">95%: ${range(delta.ci95, signed)}</p></div>
<div><p class="big">${times(ratio.estimate)}</p>
<p class="ci">95%: ${range(ratio.ci95, times)}</p></div></div>`;
}

function facts(comparison: ComparisonResult): [string, string][] {
  const { minimumDetectableRatio, adjustedPValue, units, unit, bootstrapCi95, startsFor30Us, reason } = comparison;
  const all: (readonly [string, string | null])[] = [
    ['detects', minimumDetectableRatio === null ? null : times(minimumDetectableRatio)],
    ['adjusted p', adjustedPValue === null ? null : probability(adjustedPValue)],
    ['over', count(units, unit)],
    ['bootstrap', bootstrapCi95 === null ? null : range(bootstrapCi95, times)],
    ['for ±0.03 ms', startsFor30Us === null ? null : count(startsFor30Us, 'start')],
    ['valid', reason === null ? 'yes' : 'no'],
  ];
  return all.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
}
