/** What a deployment uses, is made of and takes: by process, Worker by Worker, as a whole, and as Cloudflare tells. */
import type { ComparisonResult, Results } from '../../analysis/results.ts';
import { type Row, type Section, tableOf } from '../document.ts';
import { amount, fixed } from '../format.ts';
import { comparisonSentence } from '../verdict.ts';

/** CPU and memory by the process that used them. */
export function rolesSection({ subjects, comparisons }: Results): Section | null {
  const roles = subjects.flatMap((subject) =>
    Object.keys({ ...subject.cpuMsByRole, ...subject.memoryMiBByRole }).map((role) => ({ ...subject, role })),
  );
  if (roles.length === 0) return null;
  const asked = (metric: ComparisonResult['metric']) =>
    comparisons.filter((one) => one.primary && one.metric === metric);
  const memory = asked('memoryMiB');
  const told = memory.length === 0 ? '' : ` ${comparisonSentence('After the first answer', memory)}`;
  return {
    id: 'roles',
    title: 'CPU and memory by process',
    lead: 'CPU a request at 8 connections, what is used with nothing to do subtracted; proportional set size with nothing subtracted, after the first answer and after all load.',
    finding: `${comparisonSentence('At 8 connections', asked('cpuMsPerRequest'))}${told}`,
    pictures: [
      { kind: 'rows', x: { label: 'CPU a request, ms' }, rows: subjects.flatMap((one) => barOf(one, 'cpuMsByRole')) },
      { kind: 'rows', x: { label: 'memory, MiB' }, rows: subjects.flatMap((one) => barOf(one, 'memoryMiBByRole')) },
    ],
    reading: 'Bars are all that processes take; the sentence compares memory above an empty Worker, if measured.',
    table: tableOf(roles, 2, [
      ['arm', ({ name }) => name],
      ['process', ({ role }) => role],
      ['CPU ms', ({ role, cpuMsByRole }) => fixed(cpuMsByRole?.[role] ?? null, 3)],
      ['MiB', ({ role, memoryMiBByRole }) => fixed(memoryMiBByRole?.[role] ?? null, 1)],
      ['MiB after load', ({ role, loadedMemoryMiBByRole }) => fixed(loadedMemoryMiBByRole?.[role] ?? null, 1)],
    ]),
  };
}

/** A bar with a part a process; none where nothing was measured. */
function barOf({ name, ...result }: Results['subjects'][number], metric: 'cpuMsByRole' | 'memoryMiBByRole'): Row[] {
  const parts = Object.entries(result[metric] ?? {}).map(([role, value]) => [role, Math.max(0, value)] as const);
  const bar = parts.map(([, value]) => value);
  const total = amount(bar.reduce((sum, value) => sum + value, 0));
  const told = parts.map(([role, value]) => `${role} ${amount(value)}`).join(', ');
  return parts.length === 0 ? [] : [{ subject: name, text: parts.length === 1 ? total : `${total} (${told})`, bar }];
}

/** One row a deployment. */
export function deploymentsSection({ deployments }: Results): Section | null {
  if (deployments.length === 0) return null;
  return {
    id: 'deployments',
    title: 'What it takes to deploy',
    lead: 'Price: of a million requests beyond what the paid plan includes, from the CPU a request at 8 connections.',
    table: tableOf(deployments, 1, [
      ['arm', ({ subject }) => subject],
      ['deploys', ({ deploySteps }) => String(deploySteps)],
      ['gzip KiB', ({ workers }) => kib(workers.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0))],
      ['$ a million', ({ dollarsPerMillion }) => fixed(dollarsPerMillion, 3)],
    ]),
  };
}

/** One row a Worker. */
export function workersSection({ deployments }: Results): Section | null {
  const workers = new Map(deployments.flatMap(({ workers }) => workers.map((worker) => [worker.worker, worker])));
  if (workers.size === 0) return null;
  return {
    id: 'workers',
    title: 'What a Worker is made of',
    lead: 'Bundle, CPU of its start (wrangler check startup, median), and isolate after the first right answer.',
    table: tableOf([...workers.values()], 1, [
      ['Worker', ({ worker }) => worker],
      ['raw KiB', ({ rawBytes }) => kib(rawBytes)],
      ['gzip KiB', ({ gzipBytes }) => kib(gzipBytes)],
      ['start-up ms', ({ startupMs }) => fixed(startupMs, 1)],
      ['heap MB', ({ heapBytes }) => mb(heapBytes)],
      ['wasm MB', ({ wasmBytes }) => mb(wasmBytes)],
    ]),
  };
}

/** What Cloudflare's analytics say of deployed targets. */
export function analyticsSection({ analytics }: Results): Section | null {
  if (analytics.length === 0) return null;
  return {
    id: 'analytics',
    title: "Cloudflare's analytics",
    lead: 'CPU and memory of deployed Workers during the run, as Cloudflare reports them.',
    table: tableOf(analytics, 2, [
      ['target', ({ subject }) => subject],
      ['script', ({ script }) => script],
      ['requests', ({ requests }) => fixed(requests, 0)],
      ['CPU ms', ({ cpuMsPerRequest }) => fixed(cpuMsPerRequest, 3)],
      ['CPU p50', ({ cpuP50Ms }) => fixed(cpuP50Ms, 3)],
      ['CPU p99', ({ cpuP99Ms }) => fixed(cpuP99Ms, 3)],
      ['memory MB', ({ memoryBytes }) => mb(memoryBytes)],
      ['wasm MB', ({ wasmMemoryBytes }) => mb(wasmMemoryBytes)],
    ]),
    notes: analytics.flatMap(({ script, notes }) => notes.map((note) => `${script}: ${note}.`)),
  };
}

/** A bundle that was not measured has no bytes. */
function kib(bytes: number): string {
  return bytes === 0 ? '-' : fixed(bytes / 1024, 0);
}

function mb(bytes: number | null): string {
  return fixed(bytes === null ? null : bytes / 1e6, 1);
}
