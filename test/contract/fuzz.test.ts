/**
 * Whatever comes in over the wire, of any form, at any path: a right answer or an error of the client's in words, in time,
 * and the next right request is answered as ever. More by FUZZ_RUNS; FUZZ_SEED draws others.
 */
import { Agent } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { type Answer, ask, type Question } from '../support/ask.ts';
import { hostile } from '../support/hostile-requests.ts';
import { RIGHT, WITH_BODY } from '../support/right-requests.ts';
import { faultOf } from '../support/sound-answer.ts';
import { DEPLOYMENTS } from '../support/topology.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 1_000);
const SEED = Number(process.env.FUZZ_SEED ?? 14);
const ANSWER_MS = 20_000;

const ARMS = (['combined', 'pair-rpc', 'deno'] as const).filter((arm) => DEPLOYMENTS.includes(arm));

describe.each(ARMS)('%s', (topology) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, timeout: ANSWER_MS });
  let arm: RunningArm;
  let answers: readonly Answer[];
  let asked = 0;
  beforeAll(async () => {
    arm = await startArm(topology);
    answers = await Promise.all(RIGHT.map((question) => ask(arm.url, question)));
    expect(answers.map(({ status }) => status)).toEqual(RIGHT.map(() => 200));
  });
  afterAll(async () => {
    agent.destroy();
    await arm.stop();
  });

  /** Asks, and then one of the right requests. */
  async function askBoth(question: Question): Promise<void> {
    expect(faultOf(question, await ask(arm.url, question, agent))).toBeUndefined();
    const next = asked++ % RIGHT.length;
    expect(await ask(arm.url, RIGHT[next] ?? question, agent)).toEqual(answers[next]);
  }

  it('answers bodies that are cut at any byte', async () => {
    for (const question of WITH_BODY) {
      const bytes = Buffer.from(question.body ?? '');
      await Promise.all(Array.from(bytes, (_, end) => askBoth({ ...question, body: bytes.subarray(0, end) })));
    }
  });

  it(`answers ${RUNS} damaged requests`, async () => {
    await fc.assert(fc.asyncProperty(hostile, askBoth), { numRuns: RUNS, seed: SEED, endOnFailure: false });
  });
});
