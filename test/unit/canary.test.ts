import { expect, it } from 'vitest';
import { isOnTrial, readTrial, type Trial } from '../../shared/release/canary.ts';
import { createShadow } from '../../shared/release/shadow.ts';
import { ok } from '../../shared/result.ts';
import { createTensor } from '../../shared/tensor.ts';

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
    { shadow: 'different', version: '76', difference: expect.closeTo(1 / 77), same: 1, different: 1 },
    { shadow: 'different', difference: null, same: 1, different: 3, failed: 0, skipped: 0 },
  ]);
  expect(shadow.follow({})).toBeUndefined();
});
