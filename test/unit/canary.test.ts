import { expect, it, vi } from 'vitest';
import { createApp } from '../../shared/http/app.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import type { Predictor } from '../../shared/predictor.ts';
import { isOnTrial, readTrial, type Trial } from '../../shared/release/canary.ts';
import { compareAnswers } from '../../shared/release/difference.ts';
import { createShadow } from '../../shared/release/shadow.ts';
import { createResilientPredictor } from '../../shared/resilience/resilient-predictor.ts';
import { fail, ok } from '../../shared/result.ts';
import { createTensor } from '../../shared/tensor.ts';
import { CARD } from '../support/rows.ts';

const CALLERS = Array.from({ length: 10_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);

function trialOf(CANARY: string): Trial {
  const trial = readTrial({ CANARY });
  if (trial === undefined) throw new Error('expected a trial');
  return trial;
}

function chosen(percent: number, callers = CALLERS): string[] {
  const trial = trialOf(String(percent));
  return callers.filter((caller) => isOnTrial(trial, { wish: null, caller }, () => 0.5));
}

it.each([0, 0.5, 5, 50, 95, 100])('takes %d percent of the callers, of addresses that are much alike', (percent) => {
  const deviation = Math.sqrt(percent * (100 - percent)) / Math.sqrt(CALLERS.length);
  expect(Math.abs((chosen(percent).length / CALLERS.length) * 100 - percent)).toBeLessThanOrEqual(4 * deviation);
});

it('keeps who it has when the share grows', () => {
  const more = new Set(chosen(20));
  expect(chosen(5).every((caller) => more.has(caller))).toBe(true);
});

it('takes a request without a name by chance, and one with a wish as it wishes', () => {
  const trial = trialOf('30');
  const takes = (wish: string | null, caller: string | undefined, place: number) =>
    isOnTrial(trial, { wish, caller }, () => place);
  expect([takes(null, undefined, 0.29), takes(null, undefined, 0.31)]).toEqual([true, false]);
  expect(CALLERS.every((caller) => takes('always', caller, 1) && !takes('never', caller, 0))).toBe(true);
  expect(isOnTrial(trialOf('shadow'), { wish: 'always', caller: undefined }, () => 0)).toBe(false);
});

it('tells differences no more often than once a second, and no element of an answer', async () => {
  let nowMs = 0;
  const lines: string[] = [];
  const answer = (value: number) => {
    return ok({
      version: String(value),
      revision: '',
      outputs: [createTensor('Y', 'FP32', [1], Float32Array.of(value))],
    });
  };
  const predictor = { models: () => Promise.reject(), infer: async () => answer(77) };
  const shadow = createShadow(
    predictor,
    () => nowMs,
    (line) => lines.push(line),
  );
  const copy = async (value: number) => {
    const request = {};
    shadow.note(request, { asked: { model: 'm', inputs: [] } });
    shadow.note(request, { answer: answer(value) });
    await shadow.follow(request);
  };
  for (const value of [77, 76, 75]) await copy(value);
  nowMs = 1_000;
  await copy(Number.NaN);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { shadow: 'same', version: '77', difference: 0, same: 1 },
    { shadow: 'different', difference: null, same: 1, different: 3, failed: 0, skipped: 0 },
  ]);
  expect(shadow.follow({})).toBeUndefined();
});

it('takes whole numbers for the same or not, and others by how far they are apart', () => {
  const answer = (datatype: 'INT64' | 'FP64', value: number) => {
    const data = datatype === 'INT64' ? BigInt64Array.of(BigInt(value)) : Float64Array.of(value);
    return { version: '1', revision: '', outputs: [createTensor('Y', datatype, [1], data)] };
  };
  const [a, b] = [2 ** 53, 2 ** 53 - 1];
  expect(compareAnswers(answer('FP64', a), answer('FP64', b)).difference).toBeCloseTo(0, 10);
  expect(compareAnswers(answer('INT64', a), answer('INT64', b)).difference).toBe(Number.POSITIVE_INFINITY);
});

/** A predictor of one model, which answers each row with what the column `a` has in it. */
function serving(version: string, columns: readonly string[], more: Partial<ModelCard> = {}): Predictor {
  const features = columns.map((name) => ({ name, unit: '', min: 0, max: 9, step: 1 }));
  const card = {
    ...CARD,
    ...more,
    version,
    inputs: [{ name: 'X', datatype: 'FP32' as const, shape: [-1, 2], features }],
  };
  return {
    models: async () => ok({ revision: `r${version}`, models: [{ card, ready: true, reason: '' }] }),
    infer: async ({ inputs: [input] }) => {
      const value = Number(input?.data[columns.indexOf('a')]);
      const output = createTensor('Y', 'FP32', [1, 1], Float32Array.of(value === 0 ? Number.NaN : value));
      return ok({ version, revision: `r${version}`, outputs: [output] });
    },
  };
}

it("answers by the other one what it cannot, read and written by that one's card, and logs whose it was", async () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const stable = serving('1', ['a', 'b'], { nonFinite: 'null' });
  const infer = async () => fail({ kind: 'internal', code: 'BROKEN', remedy: '' } as const);
  const canary = { ...serving('2', ['b', 'a']), infer };
  const predictor = createResilientPredictor({ predictor: canary, fallback: stable, deadlineMs: 1_000, maxCalls: 4 });
  const app = createApp(stable, { LOG_REQUESTS: '1' }, { trial: trialOf('100'), predictor });
  const post = async (path: string, body: object) => {
    const answer = await app.request(path, { method: 'POST', body: JSON.stringify(body) });
    return [answer.status, await answer.json()];
  };
  for (let i = 0; i < 10; i++) {
    expect(await post('/predict', { features: { b: 1, a: 2 } })).toEqual([200, { prediction: 2 }]);
    const inputs = [{ name: 'X', datatype: 'FP32', shape: [1, 2], data: [0, 1] }];
    const answer = await post(`/v2/models/${CARD.name}/infer`, { inputs });
    expect(answer).toMatchObject([200, { model_version: '1', outputs: [{ data: [null] }] }]);
  }
  const lines = said.mock.calls.map(([line]) => JSON.parse(String(line)));
  vi.restoreAllMocks();
  expect(lines).toHaveLength(20);
  for (const line of lines) expect(line).toMatchObject({ model: CARD.name, version: '1', predictor: 'fallback' });
});
