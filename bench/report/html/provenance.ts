/** Where the figures come from: the machine, the versions, the seed, what must be known of each arm, and how to repeat it. */
import type { Results, SubjectResult } from '../../analysis/results.ts';
import { section, tableOf } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { amount, percent, range } from './numbers.ts';

export function provenanceSection(results: Results): Markup | null {
  return section('provenance', 'How it was measured', [
    html`<dl>${facts(results).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`,
    subjectsPart(results.subjects),
    notesPart(results.notes),
    html`<h3>Raw data</h3>
<p>Every request is in <code>records.ndjson.gz</code>, beside this file. <code>npm run bench -- report DIR</code> computes
everything here anew from it, where DIR is the folder of both; <code>results.json</code> has the figures in full.</p>`,
  ]);
}

function facts({ environment: env, own }: Results): [string, Markup | string][] {
  const { profile, pinned } = env;
  const packages = Object.entries(env.packages).map(([name, version]) => `${name} ${version}`);
  const all: [string, Markup | string][] = [
    ['Command', html`<code>${env.command}</code>`],
    ['Seed', String(env.seed)],
    [
      'Profile',
      `${profile.name}: ${profile.starts} starts × ${profile.rounds} rounds, windows of ${profile.windowMs} ms`,
    ],
    ['Commit', env.commit ?? 'unknown'],
    ['Machine', `${env.cores} cores of ${env.cpu}, ${env.memoryGiB} GiB`],
    ['System', `${env.system}, Node ${env.node}`],
    ['Cores', pinned === null ? 'not pinned' : `client on ${pinned.client}, servers on ${pinned.servers}`],
    ['Packages', packages.join(', ')],
  ];
  if (own === null) return all;
  const { elapsedMs, peakMiB } = own;
  const took =
    peakMiB === null ? '' : `; runner ${amount(peakMiB.runner)} MiB, generator ${amount(peakMiB.generator)} MiB`;
  return [...all, ['The run took', `${amount(elapsedMs / 60_000)} minutes${took}`]];
}

function subjectsPart(subjects: readonly SubjectResult[]): Markup {
  const table = tableOf({
    head: [
      'subject',
      'kind',
      'requests',
      'failures',
      'share, 95% interval',
      'unstable starts',
      'repeated windows',
      'remarks',
    ],
    text: [1, 7],
    rows: subjects.map((one) => [
      one.name,
      one.kind,
      one.requests.toLocaleString('en'),
      one.failures.toLocaleString('en'),
      one.requests === 0 ? '-' : range(one.failureShareCi95, percent),
      one.unstableStarts,
      one.repeatedWindows,
      one.remarks.map((remark) => html`<div>${remark}</div>`),
    ]),
  });
  return html`<h3>Subjects</h3>${table}`;
}

function notesPart(notes: readonly string[]): Markup | null {
  if (notes.length === 0) return null;
  return html`<h3>Notes</h3><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`;
}
