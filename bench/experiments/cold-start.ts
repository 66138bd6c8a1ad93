/** Cold start: process start to first right answer, one at a time, an empty Worker among them to be subtracted. */
import { buildRoot } from '../../models/build/options.ts';
import { ARMS, askedModel, buildOf, type WorkerdArmName } from '../arms/arms.ts';
import { startWorkerd } from '../arms/workerd.ts';
import { createClient } from '../load/client.ts';
import { payloads } from '../load/payloads.ts';
import { cpuTimeMs } from '../meters/process.ts';
import { balancedOrder, COLD_START_MS, type RunPlan, seedOf } from './plan.ts';
import type { Session } from './session.ts';

/** Measures every start of the plan, the arms in another order each round. Nothing is left running whatever happens. */
export async function runColdStarts({ plan, run, show }: Session): Promise<void> {
  const { coldStartArms, throughputClient: client, seed } = plan;
  const starts = plan.profile.coldStarts;
  // Round 0 is not kept: it brings the files into the system's cache and the client's code into its compiler's.
  for (let round = 0; round <= starts; round++) {
    for (const subject of balancedOrder(coldStartArms, seedOf(seed, 'cold-start', round), 0)) {
      show(`cold start ${round}/${starts} of ${subject}`, COLD_START_MS);
      const start = await measureStart(plan, subject);
      if (round > 0) run.write({ kind: 'cold-start', subject, round, client, ...start });
    }
  }
}

async function measureStart({ build, cores, throughputClient }: RunPlan, arm: WorkerdArmName) {
  const [payload] = payloads(arm, askedModel(build));
  const root = buildRoot(buildOf(arm, build));
  const workers = ARMS[arm].workers.map((worker) => ({ ...worker, root }));
  const { url, pid, startMs, stop } = await startWorkerd(workers, { cores: cores?.servers ?? null });
  const client = createClient(throughputClient, url, 1);
  try {
    const answer = await client.send(payload);
    const start = { startMs: performance.now() - startMs, cpuMs: cpuTimeMs([pid]) };
    if (payload.isRight(answer)) return start;
    throw new Error(`${arm}: expected a right first answer, got ${answer.status}`);
  } finally {
    await client.close();
    await stop();
  }
}
