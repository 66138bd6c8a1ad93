import { expect, it } from 'vitest';
import type { Answer } from '../../bench/load/client.ts';
import { payloads } from '../../bench/load/payloads.ts';
import { PAYLOAD_WORKLOADS } from '../../bench/load/workloads.ts';

function answer(body: unknown, status = 200): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headerLength: null, bytes: new TextEncoder().encode(text) };
}

it('asks the default model row by row, and takes an answer within 1e-4 of the golden one', () => {
  const [first] = payloads('combined');
  expect(first).toMatchObject({ method: 'POST', path: '/predict' });
  const right = 18;
  const found = Array.from({ length: 60_000 }, (_, i) => i / 1000).filter((prediction) =>
    first.isRight(answer({ prediction })),
  );
  expect(found.length).toBeLessThan(6);
  for (const wrong of [{ prediction: right + 100 }, { prediction: '1' }, {}, 'text', '']) {
    expect(first.isRight(answer(wrong))).toBe(false);
  }
});

it('judges the same bytes again even after it has seen the right ones', () => {
  const [first] = payloads('null');
  expect(first.isRight(answer({ prediction: 0 }))).toBe(true);
  expect(first.isRight(answer({ prediction: 0 }))).toBe(true);
  expect(first.isRight(answer({ prediction: 0 }, 500))).toBe(false);
  expect(first.isRight(answer({ prediction: 3 }))).toBe(false);
  expect(first.isRight(answer({ prediction: 0 }))).toBe(true);
});

it.each(Object.keys(PAYLOAD_WORKLOADS))(
  '%s: sends the empty Worker what it sends others, and knows its one answer',
  (name) => {
    const [ours] = payloads('combined', name);
    const [empty] = payloads('null', name);
    expect([empty.path, empty.body]).toEqual([ours.path, ours.body]);
    expect(empty.isRight(answer({ prediction: 0 }))).toBe(true);
    expect(ours.isRight(answer({ prediction: 0 }))).toBe(false);
    expect(ours.isRight(answer('{"outputs":[{"name":"x"}]}'))).toBe(false);
  },
);

it('makes batches of golden rows', () => {
  const [batch] = payloads('combined', 'auto-mpg-x64');
  expect(JSON.parse(String(batch.body)).inputs[0].shape).toEqual([64, 8]);
  const [most] = payloads('combined', 'auto-mpg-x1024');
  expect(JSON.parse(String(most.body)).inputs[0].data).toHaveLength(1024 * 8);
  const [images] = payloads('combined', 'digits-x16-binary');
  expect(images.body).toBeInstanceOf(Uint8Array);
  expect(images.body?.length).toBeGreaterThan(16 * 28 * 28 * 4);
});

it('asks the floor its only model, and says which workloads there are', () => {
  expect(payloads('floor', 'digits')[0].path).toBe('/predict');
  expect(() => payloads('combined', 'nope')).toThrow(
    'workload: expected one of auto-mpg, auto-mpg-binary, auto-mpg-x64, auto-mpg-x64-binary, auto-mpg-x1024, auto-mpg-x1024-binary, penguins, penguins-x64-binary, digits, digits-binary, digits-x16-binary, digits-x64-binary, digits-x256-binary, health, or a model with a golden file, got "nope"',
  );
});
