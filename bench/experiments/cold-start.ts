/**
 * Cold start: process start to first right answer, n starts an arm, one process at a time, the arms in another random
 * order in each round. An empty Worker is measured among them, so that what workerd itself takes can be subtracted.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type BuildOptions, buildRoot } from '../../models/build/options.ts';
import { shuffle } from '../../models/build/shuffle.ts';
import { ARMS, type ArmName, buildOf, type ProcessPlan } from '../arms/arms.ts';
import type { Cores } from '../arms/processes.ts';
import { askedModel } from '../arms/start-arm.ts';
import { withTemporaryFolder } from '../arms/temporary-folder.ts';
import { writeWorkerdConfig } from '../arms/workerd-config.ts';
import { startWorkerd } from '../arms/workerd-process.ts';
import { type ClientName, createClient } from '../load/client.ts';
import { payloads } from '../load/payloads.ts';
import { cpuTimeMs } from '../meters/cpu.ts';

/** The arm that is subtracted: an empty Worker. */
export const EMPTY_ARM = 'null' satisfies ArmName;

/** How much is measured: enough starts for an interval and a distribution. */
export const COLD_START = { name: 'cold-start', starts: 30 } as const;

export interface ColdStartPlan {
  /** Arms of one process, the empty one among them. */
  readonly arms: readonly ArmName[];
  readonly starts: number;
  readonly client: ClientName;
  readonly seed: number;
  /** Options of the build that arms are started from. */
  readonly build: BuildOptions;
  /** Cores to pin workerd to; null leaves it where the system puts it. */
  readonly cores: Cores | null;
  /** Told what comes next and the share of all starts that is done, 0 to 1. */
  readonly onProgress: (phase: string, done: number) => void;
}

/** One start. */
export interface ColdStart {
  /** Process start to the last byte of the first right answer, in milliseconds. */
  readonly startMs: number;
  /** CPU of all threads of workerd until then, in milliseconds; null where the system does not tell. */
  readonly cpuMs: number | null;
}

export interface ColdStartRecord {
  readonly name: ArmName;
  /** By round: the same position in another arm's is the same round. */
  readonly starts: readonly ColdStart[];
}

/** Whether the arm is one process, whose start this experiment can time. */
export function isOneProcess(arm: ArmName): boolean {
  const plan: ProcessPlan = ARMS[arm];
  return plan.predictor === undefined;
}

/** Measures everything in the plan. Nothing is left running or lying about whatever happens. */
export function runColdStarts(plan: ColdStartPlan): Promise<ColdStartRecord[]> {
  return withTemporaryFolder('cold-start', (folder) => runRounds(plan, folder));
}

async function runRounds(plan: ColdStartPlan, folder: string): Promise<ColdStartRecord[]> {
  const random = xoroshiro128plus(plan.seed);
  const arms = plan.arms.map((name) => ({ name, config: writeConfig(name, plan, folder), starts: [] as ColdStart[] }));
  const total = (1 + plan.starts) * arms.length;
  let begun = 0;
  // Round 0 is not kept: it brings the files into the system's cache and the client's code into its compiler's.
  for (let round = 0; round <= plan.starts; round++) {
    for (const { name, config, starts } of shuffle(arms, random)) {
      plan.onProgress(`round ${round}/${plan.starts}, start of ${name}`, begun++ / total);
      const start = await measureStart(plan, name, config);
      if (round > 0) starts.push(start);
    }
  }
  return arms.map(({ name, starts }) => ({ name, starts }));
}

function writeConfig(arm: ArmName, { build }: ColdStartPlan, folder: string): string {
  const root = buildRoot(buildOf(arm, build));
  const own = join(folder, arm);
  mkdirSync(own);
  return writeWorkerdConfig(
    ARMS[arm].workers.map((worker) => ({ ...worker, root })),
    own,
  );
}

async function measureStart(plan: ColdStartPlan, arm: ArmName, config: string): Promise<ColdStart> {
  const [payload] = payloads(arm, askedModel(plan.build));
  const { url, pid, startMs, stop } = await startWorkerd(config, plan.cores?.servers ?? null);
  const client = createClient(plan.client, url, 1);
  try {
    const { status, text } = await client.send(payload);
    const start = { startMs: performance.now() - startMs, cpuMs: cpuTimeMs([pid]) };
    if (payload.isRight(status, text)) return start;
    throw new Error(`${arm}: expected a right first answer, got ${status} ${text.slice(0, 200)}`);
  } finally {
    await client.close();
    await stop();
  }
}
