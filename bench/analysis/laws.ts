/**
 * Whether latency, throughput and CPU of the sweep fit together. In a closed loop without pauses three laws hold whatever
 * the system (Lazowska et al., "Quantitative System Performance", 1984, chapters 3 and 5): requests under way are as many
 * as connections; nobody uses more than the cores that there are; and with many connections whoever is the bottleneck,
 * server or client, is busy all the time. Latency and rate come from the generator's clock, CPU from the kernel, so that
 * a wrong one of the three shows; so does a machine that others use meanwhile.
 */
import { coresIn } from '../arms/processes.ts';
import type { Environment } from '../run/environment.ts';
import { mean } from '../stats/interval.ts';
import { cpuMsPerRequest } from './metrics.ts';
import type { LawCheck } from './results.ts';
import type { Series, SeriesWindow } from './series.ts';
import type { MeasuredSubject } from './subjects.ts';

/** How far concurrency may be off the connections, as a share: both come from the same clock. */
const LITTLE_TOLERANCE = 0.05;

/** How far CPU may be over the cores, as a share. */
const CORES_TOLERANCE = 0.05;

/** The least that the bottleneck of many connections is busy, in cores: the rest is what the kernel does for nobody. */
const BUSY_CORES = 0.75;

/** Connections at which somebody must be the bottleneck. */
const MANY_CONNECTIONS = 16;

/** Cores that the servers and the client may use. */
type Cores = Pick<Environment, 'cores' | 'pinned'>;

/** Of every sweep, its connections rising. */
export function lawChecks(series: readonly Series[], subjects: readonly MeasuredSubject[], machine: Cores): LawCheck[] {
  return subjects.flatMap((subject) => {
    const own = series.filter((one) => one.subject === subject.name && one.condition.experiment === 'sweep');
    const checks = own.flatMap((one) => check(one, subject, machine) ?? []);
    return checks.sort((a, b) => a.connections - b.connections);
  });
}

function check({ condition, windows }: Series, subject: MeasuredSubject, machine: Cores): LawCheck | null {
  if (condition.load.kind === 'open' || windows.length === 0) return null;
  const { connections } = condition.load;
  const littleConcurrency = mean(windows.map(({ meanMs, ...window }) => littlesLaw({ rate: rateOf(window), meanMs })));
  const used = {
    serverCores: serverCoresOf(windows, subject),
    clientCores: mean(windows.map(({ clientCpuMs, busyMs }) => clientCpuMs / busyMs)),
  };
  const fault = littleFault(littleConcurrency, connections) ?? coresFault(used, connections, machine);
  return { subject: subject.name, connections, littleConcurrency, ...used, fault };
}

function littleFault(concurrency: number, connections: number): string | null {
  const off = concurrency / connections - 1;
  if (Math.abs(off) <= LITTLE_TOLERANCE) return null;
  return `rate x latency is ${concurrency.toFixed(1)}, not ${connections}`;
}

type Used = Pick<LawCheck, 'serverCores' | 'clientCores'>;

function coresFault({ serverCores, clientCores }: Used, connections: number, { cores, pinned }: Cores): string | null {
  if (serverCores === null) return null;
  const ofServers = pinned === null ? cores : coresIn(pinned.servers).length;
  if (serverCores > ofServers * (1 + CORES_TOLERANCE)) {
    return `the server used ${serverCores.toFixed(2)} of ${ofServers} cores`;
  }
  const busiest = Math.max(serverCores, clientCores);
  if (connections < MANY_CONNECTIONS || busiest >= BUSY_CORES) return null;
  return `neither server nor client was busy: ${serverCores.toFixed(2)} and ${clientCores.toFixed(2)} cores`;
}

/** Requests a second while connections were in use. */
function rateOf({ requests, busyMs }: Pick<SeriesWindow, 'requests' | 'busyMs'>): number {
  return (requests / busyMs) * 1000;
}

/** Cores in use while connections were, idle subtracted; null where one window does not tell. */
function serverCoresOf(windows: readonly SeriesWindow[], { idleCpuRate }: MeasuredSubject): number | null {
  const cores = windows.map((window) => {
    const demandMs = cpuMsPerRequest(window, idleCpuRate.get(window.start) ?? 0);
    const right = window.requests - window.failures;
    return demandMs === null ? null : utilisationLaw({ rate: (right / window.busyMs) * 1000, demandMs });
  });
  return cores.includes(null) ? null : mean(cores.flatMap((value) => value ?? []));
}

const MS_PER_S = 1000;

/** Little's law: requests under way = rate (1/s) x mean response time (ms). Little, "A Proof for the Queuing Formula L = λW", 1961. */
export function littlesLaw({ rate, meanMs }: { readonly rate: number; readonly meanMs: number }): number {
  return (rate * meanMs) / MS_PER_S;
}

/**
 * The utilisation law: cores in use = rate (1/s) x CPU demand of a request (ms). Denning and Buzen, "The Operational
 * Analysis of Queueing Network Models", 1978.
 */
export function utilisationLaw({ rate, demandMs }: { readonly rate: number; readonly demandMs: number }): number {
  return (rate * demandMs) / MS_PER_S;
}
