/** Whether latency, throughput and CPU fit together, point by point: shown, not assumed. */
import type { LawCheck, Results } from '../../analysis/results.ts';
import { lawsFinding } from '../findings.ts';
import { dataOf, tableOf } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { amount } from './numbers.ts';

export function lawsPart(results: Results): Markup | null {
  const finding = lawsFinding(results);
  if (finding === null) return null;
  const { laws } = results;
  const connections = [...new Set(laws.map((law) => law.connections))].sort((a, b) => a - b);
  const rows = [...Map.groupBy(laws, ({ subject }) => subject)].map(([subject, own]) => [
    subject,
    ...connections.map((count) => heldText(own.find((law) => law.connections === count))),
  ]);
  return html`<h3>Do the measures fit together?</h3>
<p class="finding">${finding}</p>
${tableOf({ head: ['connections', ...connections.map(String)], rows })}
<p class="note">Little: rate × mean latency is the number of connections. Utilisation: rate × CPU a request is at most the cores
there are, and with many connections server or client is busy all the time. Latency and rate come from the client's clock, CPU from
the kernel.</p>
${dataOf(tableOfLaws(laws))}`;
}

function heldText(law: LawCheck | undefined): Markup | string {
  if (law === undefined) return '-';
  return law.fault === null ? 'hold' : html`<strong>off</strong>`;
}

function tableOfLaws(laws: readonly LawCheck[]) {
  return {
    head: ['subject', 'connections', 'rate × latency', 'server cores', 'client cores', 'what does not fit'],
    rows: laws.map(({ subject, connections, littleConcurrency, serverCores, clientCores, fault }) => [
      subject,
      connections,
      amount(littleConcurrency),
      amount(serverCores),
      amount(clientCores),
      fault ?? 'nothing',
    ]),
  };
}
