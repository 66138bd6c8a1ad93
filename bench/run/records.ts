/** What a run writes down while it measures, one JSON object a line; all that is told afterwards is from it alone. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { ROOT } from '../../models/build/workers.ts';
import { FAULTS } from '../arms/arms.ts';
import type { RunPlan, Subject } from '../experiments/plan.ts';
import { CLIENT_NAMES } from '../load/client.ts';
import { Load, WindowResult } from '../load/window.ts';
import { isPeer, peerVersions } from '../peers/peers.ts';

/** By role: names of Workers, or of a peer's program. Null, as every figure, where the system does not tell. */
const Figure = v.nullable(v.number());
const ByRole = v.nullable(v.record(v.string(), v.number()));

/** A place of the grid: cores that all processes have together, the share of cheap requests, and how many processes. */
export const Cell = v.object({ cpu: v.number(), cheapShare: v.number(), fronts: v.number(), backs: v.number() });
export type Cell = v.InferOutput<typeof Cell>;

/** What there is of every window of load, whatever it is for. Starts count from 1. */
const LOADED = {
  subject: v.string(),
  start: v.number(),
  client: v.picklist(CLIENT_NAMES),
  load: Load,
  seed: v.number(),
  ...v.omit(WindowResult, ['firstFailure']).entries,
};

export const WindowRecord = v.object({
  kind: v.literal('window'),
  ...LOADED,
  /**
   * One connection in a closed loop, every round: the primary comparison; more and more connections; a workload of each
   * weight. Open loops: at shares of the slowest arm's capacity; at one rate after another, in search of the highest
   * within the objective; a cheap route alone, and beside a heavy one. Within a budget of CPU: at one rate after
   * another in each cell of the grid, and what a request of each workload takes. Those at one rate after another end
   * once the objective is missed.
   */
  experiment: v.picklist(['single-stream', 'sweep', 'payloads', 'offered-load', 'max-rate', 'mixed', 'grid', 'cost']),
  phase: v.picklist(['warm-up', 'measure']),
  /** Tells windows of one kind in one start apart; one that is measured again has that of the first. */
  round: v.number(),
  workload: v.string(),
  /** Share of capacity, of offered-load; the workload loaded as well, of mixed; the kind of probe, of max-rate. */
  share: v.optional(v.number()),
  beside: v.optional(v.string()),
  step: v.optional(v.picklist(['search', 'confirm'])),
  cell: v.optional(Cell),
  /** Mean size of a request's body; of payloads. */
  requestBytes: v.optional(v.number()),
  /** When the window began, in milliseconds since the run's beginning. */
  atMs: v.number(),
  serverCpuMs: ByRole,
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
  /** CPU with nothing to do, in milliseconds per millisecond. */
  idleCpuRate: Figure,
  /** Proportional set size after the first right answer, and after all windows: with what is not collected yet. */
  memoryMiB: ByRole,
  loadedMemoryMiB: ByRole,
});
export type StartRecord = v.InferOutput<typeof StartRecord>;

export const ColdStartRecord = v.object({
  kind: v.literal('cold-start'),
  subject: v.string(),
  round: v.number(),
  client: v.picklist(CLIENT_NAMES),
  /** Process start to the last byte of the first right answer, and CPU of all threads until then. */
  startMs: v.number(),
  cpuMs: Figure,
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
  requests: Figure,
  cpuMsPerRequest: Figure,
  cpuP50Ms: Figure,
  cpuP99Ms: Figure,
  memoryBytes: Figure,
  wasmMemoryBytes: Figure,
  /** What is missing or sampled, for people to read. */
  notes: v.array(v.string()),
});
export type AnalyticsRecord = v.InferOutput<typeof AnalyticsRecord>;

/** A route under a load while the predictor of an arm fails for a while. */
export const FaultRecord = v.object({
  kind: v.literal('fault'),
  ...LOADED,
  fault: v.picklist(FAULTS),
  route: v.picklist(['inference', 'cheap']),
  /** The fault's begin and end, in milliseconds since the window's start. */
  fromMs: v.number(),
  toMs: v.number(),
});
export type FaultRecord = v.InferOutput<typeof FaultRecord>;

/** Something that a reader must know: an arm that was skipped, a server that died. */
const NoteRecord = v.object({ kind: v.literal('note'), subject: v.nullable(v.string()), text: v.string() });

/** The last line of a whole run; without it the run was cut off. `failed`: why it ended early. `peakMiB`: resident. */
const EndRecord = v.object({
  kind: v.literal('end'),
  failed: v.nullable(v.string()),
  elapsedMs: v.number(),
  peakMiB: v.nullable(v.object({ runner: v.number(), generator: v.number() })),
});

export const RunRecord = v.variant('kind', [
  WindowRecord,
  StartRecord,
  ColdStartRecord,
  FootprintRecord,
  AnalyticsRecord,
  FaultRecord,
  NoteRecord,
  EndRecord,
]);
export type RunRecord = v.InferOutput<typeof RunRecord>;

export type Environment = Readonly<ReturnType<typeof describeEnvironment>>;

const PACKAGES = ['workerd', 'wrangler', 'miniflare', 'hono', 'onnxruntime-web', 'undici'];

/** Subjects are in the order that they were asked for; cores that are not pinned are null. */
export function describeEnvironment({ seed, profile, subjects, cores }: RunPlan, command: string) {
  const named: readonly Pick<Subject, 'name' | 'kind'>[] = subjects.map(({ name, kind }) => ({ name, kind }));
  return {
    date: new Date().toISOString(),
    command,
    seed,
    profile,
    subjects: named,
    pinned: cores,
    commit: commit(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    packages: {
      ...Object.fromEntries(PACKAGES.map((name) => [name, installedVersion(name)])),
      ...peerVersions(subjects.flatMap(({ arm }) => (arm !== null && isPeer(arm) ? arm : []))),
    },
  };
}

/** The commit, with `-dirty` when files differ from it; null outside a git checkout. */
function commit(): string | null {
  const args = ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'];
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

function installedVersion(name: string): string {
  return String(JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version);
}
