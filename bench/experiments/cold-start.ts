/**
 * Cold start: process start to first right answer, n starts an arm, one process at a time, the arms in another random
 * order in each round. An empty Worker is measured among them, so that what workerd itself takes can be subtracted.
 */
import { buildRoot } from '../../models/build/options.ts';
import { ARMS, askedModel, buildOf, type WorkerdArmName } from '../arms/arms.ts';
import { startWorkerd } from '../arms/workerd.ts';
import { createClient } from '../load/client.ts';
import { payloads } from '../load/payloads.ts';
import { cpuTimeMs } from '../meters/process.ts';
import { balancedOrder, type RunPlan, seedOf } from './plan.ts';
import { COLD_START_MS, type Session } from './session.ts';

/** Measures every start of the plan and writes it down. Nothing is left running whatever happens. */
export async function runColdStarts({ plan, run, show }: Session): Promise<void> {
  const starts = plan.profile.coldStarts;
  // Round 0 is not kept: it brings the files into the system's cache and the client's code into its compiler's.
  for (let round = 0; round <= starts; round++) {
    for (const name of balancedOrder(plan.coldStartArms, seedOf(plan.seed, 'cold-start', round), 0)) {
      show(`cold start ${round}/${starts} of ${name}`, COLD_START_MS);
      const start = await measureStart(plan, name);
      if (round > 0) run.write({ kind: 'cold-start', subject: name, round, client: plan.throughputClient, ...start });
    }
  }
}

async function measureStart(plan: RunPlan, arm: WorkerdArmName): Promise<{ startMs: number; cpuMs: number | null }> {
  const [payload] = payloads(arm, askedModel(plan.build));
  const root = buildRoot(buildOf(arm, plan.build));
  const workers = ARMS[arm].workers.map((worker) => ({ ...worker, root }));
  const { url, pid, startMs, stop } = await startWorkerd(workers, { cores: plan.cores?.servers ?? null });
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
