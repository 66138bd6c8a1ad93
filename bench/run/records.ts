/**
 * What a run writes down while it measures, one JSON object a line. Everything that is told afterwards is computed from
 * these records alone, so that a run can be reported, or its statistics attacked, long after it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { ROOT } from '../../models/build/workers.ts';
import type { Cores } from '../arms/processes.ts';
import type { Profile } from '../experiments/plan.ts';
import { CLIENT_NAMES } from '../load/client.ts';
import { Load, WindowResult } from '../load/window.ts';

/** The experiments that windows of load belong to. */
const EXPERIMENTS = [
  /** One connection, closed loop, the default workload, every round: the primary comparison. */
  'single-stream',
  /** Closed loop with more and more connections. */
  'sweep',
  /** Open loop at shares of the slowest arm's capacity. */
  'offered-load',
  /** One connection, closed loop, a workload of each weight. */
  'payloads',
  /** Open loop at one rate after another, in search of the highest within the objective. */
  'max-rate',
  /** A cheap route alone, and beside a heavy one. */
  'mixed',
] as const;
export type WindowExperiment = (typeof EXPERIMENTS)[number];

export const WindowRecord = v.object({
  kind: v.literal('window'),
  experiment: v.picklist(EXPERIMENTS),
  phase: v.picklist(['warm-up', 'measure']),
  subject: v.string(),
  /** From 1. */
  start: v.number(),
  /** Tells windows of one kind in one start apart; one that is measured again has the round of the first. */
  round: v.number(),
  workload: v.string(),
  client: v.picklist(CLIENT_NAMES),
  load: Load,
  seed: v.number(),
  /** Share of capacity; of offered-load. */
  share: v.optional(v.number()),
  /** The heavy workload that was loaded as well; of mixed. */
  beside: v.optional(v.string()),
  step: v.optional(v.picklist(['search', 'confirm'])),
  /** Size of a request's body in bytes, averaged over the workload's payloads; of payloads. */
  requestBytes: v.optional(v.number()),
  /** When the window began, in milliseconds since the run's beginning. */
  atMs: v.number(),
  ...v.omit(WindowResult, ['firstFailure']).entries,
  /** CPU of the subject's processes by role; null where the system does not tell. */
  serverCpuMs: v.nullable(v.record(v.string(), v.number())),
});
export type WindowRecord = v.InferOutput<typeof WindowRecord>;

/** One subject in one start. */
export const StartRecord = v.object({
  kind: v.literal('start'),
  subject: v.string(),
  start: v.number(),
  /** Whether the warm-up came to rest, and after how many windows. */
  stable: v.boolean(),
  warmUpWindows: v.number(),
  /** CPU used with nothing to do, in milliseconds per millisecond; null where the system does not tell. */
  idleCpuRate: v.nullable(v.number()),
  /** Proportional set size by role in MiB after the first right answer, before any load; null where it is not known. */
  memoryMiB: v.nullable(v.record(v.string(), v.number())),
  /** The same after all windows: with what the engine has not collected yet. */
  loadedMemoryMiB: v.nullable(v.record(v.string(), v.number())),
});
export type StartRecord = v.InferOutput<typeof StartRecord>;

export const ColdStartRecord = v.object({
  kind: v.literal('cold-start'),
  subject: v.string(),
  round: v.number(),
  client: v.picklist(CLIENT_NAMES),
  /** Process start to the last byte of the first right answer, in milliseconds. */
  startMs: v.number(),
  /** CPU of all its threads until then, in milliseconds; null where the system does not tell. */
  cpuMs: v.nullable(v.number()),
});
export type ColdStartRecord = v.InferOutput<typeof ColdStartRecord>;

/** One Worker's size and memory, as `npm run limits` measures them. */
export const FootprintRecord = v.object({
  kind: v.literal('footprint'),
  worker: v.string(),
  rawBytes: v.number(),
  gzipBytes: v.number(),
  startupMs: v.array(v.number()),
  heapBytes: v.number(),
  wasmBytes: v.number(),
});
export type FootprintRecord = v.InferOutput<typeof FootprintRecord>;

/** What Cloudflare's own analytics say of a deployed target, or why they say nothing. */
export const AnalyticsRecord = v.object({
  kind: v.literal('analytics'),
  subject: v.string(),
  script: v.string(),
  requests: v.nullable(v.number()),
  cpuMsPerRequest: v.nullable(v.number()),
  cpuP50Ms: v.nullable(v.number()),
  cpuP99Ms: v.nullable(v.number()),
  memoryBytes: v.nullable(v.number()),
  wasmMemoryBytes: v.nullable(v.number()),
  /** What is missing or sampled, for people to read. */
  notes: v.array(v.string()),
});
export type AnalyticsRecord = v.InferOutput<typeof AnalyticsRecord>;

/** Something that a reader must know: an arm that was skipped, a server that died. */
const NoteRecord = v.object({
  kind: v.literal('note'),
  subject: v.nullable(v.string()),
  text: v.string(),
});

/** The last line of a whole run; without it the run was cut off. `failed` says why it ended early. */
export const EndRecord = v.object({
  kind: v.literal('end'),
  failed: v.nullable(v.string()),
  elapsedMs: v.number(),
  /** Peak resident set of the runner and of the load generator, in MiB; null where the system does not tell. */
  peakMiB: v.nullable(v.object({ runner: v.number(), generator: v.number() })),
});
export type EndRecord = v.InferOutput<typeof EndRecord>;

export const RunRecord = v.variant('kind', [
  WindowRecord,
  StartRecord,
  ColdStartRecord,
  FootprintRecord,
  AnalyticsRecord,
  NoteRecord,
  EndRecord,
]);
export type RunRecord = v.InferOutput<typeof RunRecord>;

interface RunFacts {
  readonly command: string;
  readonly seed: number;
  /** How much is measured. */
  readonly profile: Profile;
  /** What is to be measured, in the order that it was asked for. */
  readonly subjects: readonly { readonly name: string; readonly kind: 'arm' | 'target' }[];
  /** Cores of client and servers, or null when they are not pinned. */
  readonly pinned: Cores | null;
}

export type Environment = Readonly<ReturnType<typeof describeEnvironment>>;

const PACKAGES = ['workerd', 'wrangler', 'miniflare', 'hono', 'onnxruntime-web', 'undici'];

export function describeEnvironment(facts: RunFacts) {
  return {
    date: new Date().toISOString(),
    ...facts,
    commit: commit(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, installedVersion(name)])),
  };
}

/** The commit, with `-dirty` when files differ from it; null outside a git checkout. */
function commit(): string | null {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

function installedVersion(name: string): string {
  return String(JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version);
}
