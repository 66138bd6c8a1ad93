/** What a deployment is made of and takes, Worker by Worker and as a whole. */
import type { Results } from '../../analysis/results.ts';
import { fixed } from '../format.ts';
import type { Section } from '../section.ts';

const BYTES_PER_KIB = 1024;
const BYTES_PER_MB = 1e6;

/** One row a Worker. */
export function workersSection({ deployments }: Results): Section | null {
  const workers = new Map(deployments.flatMap(({ workers }) => workers.map((worker) => [worker.worker, worker])));
  if (workers.size === 0) return null;
  return {
    id: 'workers',
    title: 'What a Worker is made of',
    lead: 'Bundle, CPU of its start (wrangler check startup, median), and isolate after the first right answer.',
    header: ['Worker', 'raw KiB', 'gzip KiB', 'start-up ms', 'heap MB', 'wasm MB'],
    rows: [...workers.values()].map(({ worker, rawBytes, gzipBytes, startupMs, heapBytes, wasmBytes }) => [
      worker,
      fixed(rawBytes / BYTES_PER_KIB, 0),
      fixed(gzipBytes / BYTES_PER_KIB, 0),
      fixed(startupMs, 1),
      fixed(heapBytes / BYTES_PER_MB, 1),
      fixed(wasmBytes / BYTES_PER_MB, 1),
    ]),
    words: 1,
    notes: [],
  };
}

/** One row a deployment. */
export function deploymentsSection({ deployments }: Results): Section | null {
  if (deployments.length === 0) return null;
  return {
    id: 'deployments',
    title: 'What it takes to deploy',
    lead: 'Price: of a million requests beyond what the paid plan includes, from the CPU a request at 8 connections.',
    header: ['arm', 'deploys', 'configurations', 'raw KiB', 'gzip KiB', '$ a million'],
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
    notes: [],
  };
}

/** CPU and memory by the process that used them. */
export function rolesSection({ subjects }: Results): Section | null {
  const rows = subjects.flatMap(({ name, cpuMsByRole, memoryMiBByRole, loadedMemoryMiBByRole }) => {
    const roles = Object.keys({ ...cpuMsByRole, ...memoryMiBByRole });
    const figure = (of: Readonly<Record<string, number>> | null, role: string, digits: number) =>
      fixed(of?.[role] ?? null, digits);
    return roles.map((role) => [
      name,
      role,
      figure(cpuMsByRole, role, 3),
      figure(memoryMiBByRole, role, 1),
      figure(loadedMemoryMiBByRole, role, 1),
    ]);
  });
  if (rows.length === 0) return null;
  return {
    id: 'roles',
    title: 'By process',
    lead: 'CPU a request at 8 connections; proportional set size with nothing subtracted, after the first answer and after all load.',
    header: ['arm', 'process', 'CPU ms', 'MiB', 'MiB after load'],
    rows,
    words: 2,
    notes: [],
  };
}

/** What Cloudflare's analytics say of deployed targets. */
export function analyticsSection({ analytics }: Results): Section | null {
  if (analytics.length === 0) return null;
  const mb = (bytes: number | null) => fixed(bytes === null ? null : bytes / BYTES_PER_MB, 1);
  return {
    id: 'analytics',
    title: "Cloudflare's analytics",
    lead: 'CPU and memory of deployed Workers during the run, as Cloudflare reports them.',
    header: ['target', 'script', 'requests', 'CPU ms', 'CPU p50', 'CPU p99', 'memory MB', 'wasm MB'],
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
    notes: analytics.flatMap(({ script, notes }) => notes.map((note) => `${script}: ${note}.`)),
  };
}
