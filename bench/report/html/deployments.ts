/** What each deployment is made of and takes to ship, as a table. */
import type { Deployment, Results } from '../../analysis/results.ts';
import { deploymentsFinding } from '../findings.ts';
import { tableOf } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { amount, bytes } from './numbers.ts';

export function deploymentsPart(results: Results): Markup | null {
  const finding = deploymentsFinding(results);
  if (finding === null) return null;
  const { deployments } = results;
  return html`<h3>Deployment</h3>
<p class="finding">${finding}</p>
${tableOf({
  head: ['subject', 'deploy steps', 'configurations', '$ a million requests'],
  rows: deployments.map(({ subject, deploySteps, configurations, dollarsPerMillion }) => [
    subject,
    deploySteps,
    configurations,
    dollarsPerMillion === null ? '-' : dollarsPerMillion.toFixed(3),
  ]),
})}
${workersTable(deployments)}
<p class="note">Prices are the public list's, from the CPU a request measured here; another machine takes other CPU.</p>`;
}

function workersTable(deployments: readonly Deployment[]): Markup | null {
  const workers = new Map(deployments.flatMap(({ workers: own }) => own.map((worker) => [worker.worker, worker])));
  if (workers.size === 0) return null;
  return tableOf({
    head: ['Worker', 'bundle', 'gzip', 'start-up, ms', 'heap', 'wasm memory', 'heap + wasm'],
    rows: [...workers.values()].map(({ worker, rawBytes, gzipBytes, startupMs, heapBytes, wasmBytes }) => [
      worker,
      bytes(rawBytes),
      bytes(gzipBytes),
      amount(startupMs),
      bytes(heapBytes),
      bytes(wasmBytes),
      bytes(heapBytes + wasmBytes),
    ]),
  });
}
