/**
 * Cold start: process start to first right answer, n starts an arm, one process at a time, the arms in another random
 * order in each round. An empty Worker is measured among them, so that what workerd itself takes can be subtracted.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildRoot } from '../../models/build/options.ts';
import { ARMS, askedModel, buildOf, type WorkerdArmName } from '../arms/arms.ts';

import { withTemporaryFolder } from '../arms/temporary-folder.ts';
import { writeWorkerdConfig } from '../arms/workerd-config.ts';
import { startWorkerd } from '../arms/workerd-process.ts';
import { createClient } from '../load/client.ts';
import { payloads } from '../load/payloads.ts';
import { cpuTimeMs } from '../meters/cpu.ts';
import { COLD_START_MS } from './expected-time.ts';
import { balancedOrder, type RunPlan, seedOf } from './plan.ts';
import type { Session } from './session.ts';

/** Measures every start of the plan and writes it down. Nothing is left running or lying about whatever happens. */
export function runColdStarts(session: Session): Promise<void> {
  return withTemporaryFolder('cold-start', (folder) => runRounds(session, folder));
}

async function runRounds({ plan, run, progress, advance }: Session, folder: string): Promise<void> {
  const arms = plan.coldStartArms.map((name) => ({ name, config: writeConfig(name, plan, folder) }));
  const starts = plan.profile.coldStarts;
  // Round 0 is not kept: it brings the files into the system's cache and the client's code into its compiler's.
  for (let round = 0; round <= starts; round++) {
    for (const { name, config } of balancedOrder(arms, seedOf(plan.seed, 'cold-start', round), 0)) {
      progress.show({ phase: `cold start of ${name}`, done: advance(COLD_START_MS), start: round, starts });
      const start = await measureStart(plan, name, config);
      if (round > 0) run.write({ kind: 'cold-start', subject: name, round, client: plan.throughputClient, ...start });
    }
  }
}

function writeConfig(arm: WorkerdArmName, { build }: RunPlan, folder: string): string {
  const root = buildRoot(buildOf(arm, build));
  const own = join(folder, arm);
  mkdirSync(own);
  return writeWorkerdConfig(
    ARMS[arm].workers.map((worker) => ({ ...worker, root })),
    own,
  );
}

async function measureStart(
  plan: RunPlan,
  arm: WorkerdArmName,
  config: string,
): Promise<{ startMs: number; cpuMs: number | null }> {
  const [payload] = payloads(arm, askedModel(plan.build));
  const { url, pid, startMs, stop } = await startWorkerd(config, plan.cores?.servers ?? null);
  const client = createClient(plan.throughputClient, url, 1);
  try {
    const answer = await client.send(payload);
    const start = { startMs: performance.now() - startMs, cpuMs: cpuTimeMs([pid]) };
    if (payload.isRight(answer)) return start;
    const text = new TextDecoder().decode(answer.bytes).slice(0, 200);
    throw new Error(`${arm}: expected a right first answer, got ${answer.status} ${text}`);
  } finally {
    await client.close();
    await stop();
  }
}
