/**
 * Whether latency, throughput and CPU of the sweep fit together. In a closed loop without pauses three laws hold whatever
 * the system (Lazowska et al., "Quantitative System Performance", 1984, chapters 3 and 5): requests under way are as many
 * as connections; nobody uses more than the cores that there are; and with many connections whoever is the bottleneck,
 * server or client, is busy all the time. Latency and rate come from the generator's clock, CPU from the kernel, so that
 * a wrong one of the three shows; so does a machine that others use meanwhile.
 */
import { coresIn } from '../arms/processes.ts';
import type { Environment } from '../run/records.ts';
import { mean } from '../stats/interval.ts';
import type { Series } from './series.ts';
import type { MeasuredSubject } from './subjects.ts';

/** How far concurrency may be off the connections, and CPU over the cores, as shares. */
const TOLERANCE = 0.05;

/** With so many connections somebody must be the bottleneck, and so many cores busy: the kernel has the rest. */
const MANY_CONNECTIONS = 16;
const BUSY_CORES = 0.75;

/** Of every sweep, its connections rising. */
export function lawChecks(subjects: readonly MeasuredSubject[], { cores, pinned }: Environment) {
  const ofServers = pinned === null ? cores : coresIn(pinned.servers).length;
  return subjects.flatMap(({ series }) => {
    const sweep = series.filter(({ condition }) => condition.experiment === 'sweep');
    return sweep.flatMap((one) => check(one, ofServers)).sort((a, b) => a.connections - b.connections);
  });
}

/**
 * Little's law, "A Proof for the Queuing Formula L = λW", 1961: requests under way = rate x mean response time. The
 * utilisation law, Denning and Buzen, "The Operational Analysis of Queueing Network Models", 1978: cores in use = rate x
 * CPU of a request, which is the CPU used, without that when idle, over the time.
 */
function check({ subject, condition: { load }, windows }: Series, cores: number) {
  if (load.kind === 'open') return [];
  const serverCores = mean(windows.map(({ cpuMs, busyMs }) => cpuMs / busyMs));
  const measured = {
    connections: load.connections,
    littleConcurrency: mean(windows.map(({ requests, busyMs, meanMs }) => (requests / busyMs) * meanMs)),
    serverCores: Number.isNaN(serverCores) ? null : serverCores,
    clientCores: mean(windows.map(({ clientCpuMs, busyMs }) => clientCpuMs / busyMs)),
  };
  return { subject, ...measured, fault: faultOf(measured, cores) };
}

type Measured = Record<'connections' | 'littleConcurrency' | 'clientCores', number> & { serverCores: number | null };

/** What does not fit; null when all does. */
function faultOf({ connections, littleConcurrency, serverCores, clientCores }: Measured, cores: number): string | null {
  if (Math.abs(littleConcurrency / connections - 1) > TOLERANCE)
    return `rate x latency is ${littleConcurrency.toFixed(1)}, not ${connections}`;
  if (serverCores === null) return null;
  if (serverCores > cores * (1 + TOLERANCE)) return `the server used ${serverCores.toFixed(2)} of ${cores} cores`;
  if (connections < MANY_CONNECTIONS || Math.max(serverCores, clientCores) >= BUSY_CORES) return null;
  return `neither server nor client was busy: ${serverCores.toFixed(2)} and ${clientCores.toFixed(2)} cores`;
}
