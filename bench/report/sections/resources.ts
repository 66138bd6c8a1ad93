/** What a deployment uses, is made of and takes: by process, Worker by Worker, as a whole, and as Cloudflare tells. */
import type { Results } from '../../analysis/results.ts';
import type { Block, Rows, Section } from '../document.ts';
import { amount, fixed } from '../format.ts';
import { comparisonSentence } from '../verdict.ts';

const BYTES_PER_KIB = 1024;
const BYTES_PER_MB = 1e6;

type ByRole = Readonly<Record<string, number>> | null;

/** CPU and memory by the process that used them. */
export function rolesSection({ subjects, comparisons }: Results): Section | null {
  const figure = (of: ByRole, role: string, digits: number) => fixed(of?.[role] ?? null, digits);
  const rows = subjects.flatMap(({ name, cpuMsByRole, memoryMiBByRole, loadedMemoryMiBByRole }) =>
    Object.keys({ ...cpuMsByRole, ...memoryMiBByRole }).map((role) => [
      name,
      role,
      figure(cpuMsByRole, role, 3),
      figure(memoryMiBByRole, role, 1),
      figure(loadedMemoryMiBByRole, role, 1),
    ]),
  );
  if (rows.length === 0) return null;
  const asked = comparisons.filter(({ primary }) => primary);
  const of = (metric: (typeof asked)[number]['metric']) => asked.filter((one) => one.metric === metric);
  const pictures = [
    bars(
      'CPU a request',
      'ms',
      subjects.map(({ name, cpuMsByRole }) => [name, cpuMsByRole] as const),
    ),
    bars(
      'Memory',
      'MiB',
      subjects.map(({ name, memoryMiBByRole }) => [name, memoryMiBByRole] as const),
    ),
  ];
  return {
    id: 'roles',
    title: 'CPU and memory by process',
    blocks: [
      {
        kind: 'text',
        text: 'CPU a request at 8 connections, what is used with nothing to do subtracted; proportional set size with nothing subtracted, after the first answer and after all load.',
      },
      {
        kind: 'figure',
        finding: [
          comparisonSentence('At 8 connections', of('cpuMsPerRequest')),
          ...(of('memoryMiB').length === 0 ? [] : [comparisonSentence('After the first answer', of('memoryMiB'))]),
        ].join(' '),
        pictures,
        note: 'Bars are what the processes take in all; the sentence compares memory above an empty Worker, where one was measured.',
        table: { kind: 'table', head: ['arm', 'process', 'CPU ms', 'MiB', 'MiB after load'], rows, words: 2 },
      },
    ],
  };
}

function bars(title: string, unit: string, subjects: readonly (readonly [string, ByRole])[]): Rows {
  const rows = subjects.flatMap(([subject, byRole]) => {
    const bar = Object.entries(byRole ?? {}).map(([name, value]) => ({ name, value: Math.max(0, value) }));
    if (bar.length === 0) return [];
    const all = amount(bar.reduce((sum, { value }) => sum + value, 0));
    const parts = bar.map(({ name, value }) => `${name} ${amount(value)}`).join(', ');
    return [{ subject, text: bar.length === 1 ? all : `${all} (${parts})`, bar: bar.map(({ value }) => value) }];
  });
  return { kind: 'rows', title, x: { label: unit }, rows };
}

/** One row a deployment. */
export function deploymentsSection({ deployments }: Results): Section | null {
  if (deployments.length === 0) return null;
  return {
    id: 'deployments',
    title: 'What it takes to deploy',
    blocks: [
      {
        kind: 'text',
        text: 'Price: of a million requests beyond what the paid plan includes, from the CPU a request at 8 connections.',
      },
      {
        kind: 'table',
        head: ['arm', 'deploys', 'configurations', 'raw KiB', 'gzip KiB', '$ a million'],
        rows: deployments.map(({ subject, deploySteps, configurations, workers, dollarsPerMillion }) => {
          const sum = (of: 'rawBytes' | 'gzipBytes') =>
            workers.length === 0 ? null : workers.reduce((total, worker) => total + worker[of], 0) / BYTES_PER_KIB;
          return [
            subject,
            String(deploySteps),
            String(configurations),
            fixed(sum('rawBytes'), 0),
            fixed(sum('gzipBytes'), 0),
            fixed(dollarsPerMillion, 3),
          ];
        }),
        words: 1,
      },
    ],
  };
}

/** One row a Worker. */
export function workersSection({ deployments }: Results): Section | null {
  const workers = new Map(deployments.flatMap(({ workers }) => workers.map((worker) => [worker.worker, worker])));
  if (workers.size === 0) return null;
  return {
    id: 'workers',
    title: 'What a Worker is made of',
    blocks: [
      {
        kind: 'text',
        text: 'Bundle, CPU of its start (wrangler check startup, median), and isolate after the first right answer.',
      },
      {
        kind: 'table',
        head: ['Worker', 'raw KiB', 'gzip KiB', 'start-up ms', 'heap MB', 'wasm MB'],
        rows: [...workers.values()].map(({ worker, rawBytes, gzipBytes, startupMs, heapBytes, wasmBytes }) => [
          worker,
          fixed(rawBytes / BYTES_PER_KIB, 0),
          fixed(gzipBytes / BYTES_PER_KIB, 0),
          fixed(startupMs, 1),
          fixed(heapBytes / BYTES_PER_MB, 1),
          fixed(wasmBytes / BYTES_PER_MB, 1),
        ]),
        words: 1,
      },
    ],
  };
}

/** What Cloudflare's analytics say of deployed targets. */
export function analyticsSection({ analytics }: Results): Section | null {
  if (analytics.length === 0) return null;
  const mb = (bytes: number | null) => fixed(bytes === null ? null : bytes / BYTES_PER_MB, 1);
  return {
    id: 'analytics',
    title: "Cloudflare's analytics",
    blocks: [
      { kind: 'text', text: 'CPU and memory of deployed Workers during the run, as Cloudflare reports them.' },
      {
        kind: 'table',
        head: ['target', 'script', 'requests', 'CPU ms', 'CPU p50', 'CPU p99', 'memory MB', 'wasm MB'],
        rows: analytics.map((one) => [
          one.subject,
          one.script,
          fixed(one.requests, 0),
          fixed(one.cpuMsPerRequest, 3),
          fixed(one.cpuP50Ms, 3),
          fixed(one.cpuP99Ms, 3),
          mb(one.memoryBytes),
          mb(one.wasmMemoryBytes),
        ]),
        words: 2,
      },
      ...analytics.flatMap(({ script, notes }) =>
        notes.map((note): Block => ({ kind: 'note', text: `${script}: ${note}.` })),
      ),
    ],
  };
}
