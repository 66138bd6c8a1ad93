/**
 * A long load of right requests, damaged ones, and clients that leave in the middle, over several connections: every
 * answer is sound, those to right requests never change, and the server's memory stays flat. SOAK_REQUESTS asks for more
 * than CI has time for, and prints the memory.
 */
import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startArm } from '../../bench/arms/start-arm.ts';
import { memoryMiB } from '../../bench/meters/process.ts';
import { ask, type Question } from '../support/ask.ts';
import { hostile } from '../support/hostile-requests.ts';
import { RIGHT } from '../support/right-requests.ts';
import { faultOf } from '../support/sound-answer.ts';
import { DEPLOYMENTS } from '../support/topology.ts';

const REQUESTS = Number(process.env.SOAK_REQUESTS ?? 10_000);
const STEP = 400;
const CONNECTIONS = 8;
const ANSWER_MS = 60_000;

/** How far the last third of the steps may lie above the middle one, in MiB: engines collect late. */
const MARGIN_MIB = 64;

/** Drawing takes longer than answering, so that a long soak sends the same again. */
const DRAWN = fc.sample(hostile, { numRuns: 10 * STEP, seed: 14 });

const ARMS = (['combined', 'deno'] as const).filter((arm) => DEPLOYMENTS.includes(arm));

/** Sends half of a request, and goes away. */
function leave(url: URL, { path, body = '' }: Question): Promise<void> {
  const bytes = Buffer.from(body);
  const sent = request(new URL(path, url), {
    method: 'POST',
    headers: { 'content-length': bytes.length },
    agent: false,
  });
  return new Promise((resolve) => {
    sent.on('error', () => undefined).on('close', resolve);
    sent.write(bytes.subarray(0, bytes.length / 2), () => sent.destroy());
  });
}

function median(values: readonly (number | null)[]): number {
  return values.map(Number).sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

it.each(ARMS)(`%s answers ${REQUESTS} requests in flat memory`, { timeout: 7_200_000 }, async (topology) => {
  const arm = await startArm(topology);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: ANSWER_MS });
  try {
    const right = await Promise.all(
      RIGHT.map(async (question) => ({ question, answer: await ask(arm.url, question) })),
    );
    const askRight = async (i: number) => {
      const { question, answer } = right[i % right.length] ?? {};
      if (question !== undefined) expect(await ask(arm.url, question, agent)).toEqual(answer);
    };
    const askHostile = async (question: Question) => {
      expect([question, faultOf(question, await ask(arm.url, question, agent))]).toEqual([question, undefined]);
    };
    const memory: (number | null)[] = [];
    for (let done = 0; done < REQUESTS; done += STEP) {
      const from = (done / 2) % DRAWN.length;
      const drawn = DRAWN.slice(from, from + STEP / 2);
      await Promise.all(drawn.flatMap((question, i) => [askHostile(question), askRight(i)]));
      for (const { question } of right) if (question.body !== undefined) await leave(arm.url, question);
      memory.push(memoryMiB(arm.processes.map(({ pid }) => pid)));
    }
    const third = memory.length / 3;
    const [middle, last] = [median(memory.slice(third, 2 * third)), median(memory.slice(2 * third))];
    const curve = `${topology}, MiB after each step of ${STEP}: ${memory.map((mib) => mib?.toFixed()).join(' ')}`;
    if (process.env.SOAK_REQUESTS !== undefined) process.stderr.write(`soak: ${curve}\n`);
    expect(last, curve).toBeLessThanOrEqual(middle + MARGIN_MIB);
  } finally {
    agent.destroy();
    await arm.stop();
  }
});
