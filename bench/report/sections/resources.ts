/** What a deployment uses, is made of and takes: by process, Worker by Worker, as a whole, and as Cloudflare tells. */
import type { ComparisonResult, Results } from '../../analysis/results.ts';
import { notesOf, type Rows, type Section, tableOf } from '../document.ts';
import { amount, fixed } from '../format.ts';
import { comparisonSentence } from '../verdict.ts';

type ByRole = Readonly<Record<string, number>> | null;

/** CPU and memory by the process that used them. */
export function rolesSection({ subjects, comparisons }: Results): Section | null {
  const roles = subjects.flatMap((subject) =>
    Object.keys({ ...subject.cpuMsByRole, ...subject.memoryMiBByRole }).map((role) => ({ ...subject, role })),
  );
  if (roles.length === 0) return null;
  const asked = (metric: ComparisonResult['metric']) =>
    comparisons.filter((one) => one.primary && one.metric === metric);
  const memory = asked('memoryMiB');
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
          comparisonSentence('At 8 connections', asked('cpuMsPerRequest')),
          ...(memory.length === 0 ? [] : [comparisonSentence('After the first answer', memory)]),
        ].join(' '),
        pictures: [
          bars('CPU a request', 'ms', new Map(subjects.map(({ name, cpuMsByRole }) => [name, cpuMsByRole]))),
          bars('Memory', 'MiB', new Map(subjects.map(({ name, memoryMiBByRole }) => [name, memoryMiBByRole]))),
        ],
        note: 'Bars are what the processes take in all; the sentence compares memory above an empty Worker, where one was measured.',
        table: tableOf(roles, 2, [
          ['arm', ({ name }) => name],
          ['process', ({ role }) => role],
          ['CPU ms', ({ role, cpuMsByRole }) => fixed(cpuMsByRole?.[role] ?? null, 3)],
          ['MiB', ({ role, memoryMiBByRole }) => fixed(memoryMiBByRole?.[role] ?? null, 1)],
          ['MiB after load', ({ role, loadedMemoryMiBByRole }) => fixed(loadedMemoryMiBByRole?.[role] ?? null, 1)],
        ]),
      },
    ],
  };
}

function bars(title: string, unit: string, subjects: ReadonlyMap<string, ByRole>): Rows {
  const rows = [...subjects].flatMap(([subject, byRole]) => {
    const parts = Object.entries(byRole ?? {}).map(([name, value]) => ({ name, value: Math.max(0, value) }));
    if (parts.length === 0) return [];
    const bar = parts.map(({ value }) => value);
    const all = amount(bar.reduce((sum, value) => sum + value, 0));
    const told = parts.map(({ name, value }) => `${name} ${amount(value)}`).join(', ');
    return [{ subject, text: parts.length === 1 ? all : `${all} (${told})`, bar }];
  });
  return { kind: 'rows', title, x: { label: unit }, rows };
}

/** One row a deployment. */
export function deploymentsSection({ deployments }: Results): Section | null {
  if (deployments.length === 0) return null;
  const total = (sizes: readonly number[]) => kib(sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size));
  return {
    id: 'deployments',
    title: 'What it takes to deploy',
    blocks: [
      {
        kind: 'text',
        text: 'Price: of a million requests beyond what the paid plan includes, from the CPU a request at 8 connections.',
      },
      tableOf(deployments, 1, [
        ['arm', ({ subject }) => subject],
        ['deploys', ({ deploySteps }) => String(deploySteps)],
        ['configurations', ({ configurations }) => String(configurations)],
        ['raw KiB', ({ workers }) => total(workers.map(({ rawBytes }) => rawBytes))],
        ['gzip KiB', ({ workers }) => total(workers.map(({ gzipBytes }) => gzipBytes))],
        ['$ a million', ({ dollarsPerMillion }) => fixed(dollarsPerMillion, 3)],
      ]),
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
      tableOf([...workers.values()], 1, [
        ['Worker', ({ worker }) => worker],
        ['raw KiB', ({ rawBytes }) => kib(rawBytes)],
        ['gzip KiB', ({ gzipBytes }) => kib(gzipBytes)],
        ['start-up ms', ({ startupMs }) => fixed(startupMs, 1)],
        ['heap MB', ({ heapBytes }) => mb(heapBytes)],
        ['wasm MB', ({ wasmBytes }) => mb(wasmBytes)],
      ]),
    ],
  };
}

/** What Cloudflare's analytics say of deployed targets. */
export function analyticsSection({ analytics }: Results): Section | null {
  if (analytics.length === 0) return null;
  return {
    id: 'analytics',
    title: "Cloudflare's analytics",
    blocks: [
      { kind: 'text', text: 'CPU and memory of deployed Workers during the run, as Cloudflare reports them.' },
      tableOf(analytics, 2, [
        ['target', ({ subject }) => subject],
        ['script', ({ script }) => script],
        ['requests', ({ requests }) => fixed(requests, 0)],
        ['CPU ms', ({ cpuMsPerRequest }) => fixed(cpuMsPerRequest, 3)],
        ['CPU p50', ({ cpuP50Ms }) => fixed(cpuP50Ms, 3)],
        ['CPU p99', ({ cpuP99Ms }) => fixed(cpuP99Ms, 3)],
        ['memory MB', ({ memoryBytes }) => mb(memoryBytes)],
        ['wasm MB', ({ wasmMemoryBytes }) => mb(wasmMemoryBytes)],
      ]),
      ...notesOf(analytics.flatMap(({ script, notes }) => notes.map((note) => `${script}: ${note}.`))),
    ],
  };
}

function kib(bytes: number | null): string {
  return fixed(bytes === null ? null : bytes / 1024, 0);
}

function mb(bytes: number | null): string {
  return fixed(bytes === null ? null : bytes / 1e6, 1);
}
