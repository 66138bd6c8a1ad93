/** What Cloudflare's own analytics say of deployed targets, as a table. */
import type { Results } from '../../analysis/results.ts';
import { section, tableOf } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { amount, bytes } from './numbers.ts';

export function analyticsSection({ analytics }: Results): Markup | null {
  if (analytics.length === 0) return null;
  const size = (count: number | null) => (count === null ? '-' : bytes(count));
  const table = tableOf({
    head: ['subject', 'script', 'requests', 'CPU ms a request', 'CPU p50, ms', 'CPU p99, ms', 'memory', 'wasm memory'],
    text: [1],
    rows: analytics.map((one) => [
      one.subject,
      one.script,
      amount(one.requests),
      amount(one.cpuMsPerRequest),
      amount(one.cpuP50Ms),
      amount(one.cpuP99Ms),
      size(one.memoryBytes),
      size(one.wasmMemoryBytes),
    ]),
  });
  const notes = [...new Set(analytics.flatMap((one) => one.notes))];
  const list = notes.length === 0 ? null : html`<ul class="note">${notes.map((note) => html`<li>${note}</li>`)}</ul>`;
  return section(
    'analytics',
    "Cloudflare's own figures",
    [table, list].filter((part) => part !== null),
  );
}
