import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAnswerStore } from '../../shared/cache/answer-store.ts';
import type { InferResponse } from '../../shared/predictor.ts';
import { createTensor } from '../../shared/tensor.ts';

const MAX_BYTES = 1_000_000;

const answerOf = (elements: number): InferResponse => {
  const outputs = [createTensor('Y', 'FP32', [elements], new Float32Array(elements))];
  return { version: '1', revision: 'r', outputs };
};

it('never takes more than its bytes, whatever comes, and then still takes what comes', () => {
  const step = fc.record({
    key: fc.nat(300).map(String),
    elements: fc.oneof(fc.nat(15_000), fc.integer({ min: 16_000, max: 20_000 })),
  });
  const property = fc.property(fc.array(step, { minLength: 300, maxLength: 600 }), (steps) => {
    const store = createAnswerStore(MAX_BYTES);
    for (const { key, elements } of steps) {
      const isKept = store.put(key, answerOf(elements), 0);
      expect(isKept).toBe(elements <= 15_000);
      expect(store.get(key)?.answer.outputs[0]?.data.length).toBe(isKept ? elements : undefined);
      expect(store.bytes()).toBeLessThanOrEqual(MAX_BYTES);
    }
  });
  fc.assert(property, { numRuns: 20, endOnFailure: true });
});

it('counts an entry once, also when it is put again, and nothing of one that is gone', () => {
  const store = createAnswerStore(MAX_BYTES);
  for (let i = 0; i < 3; i++) store.put('a', answerOf(100), i);
  const one = store.bytes();
  store.put('b', answerOf(100), 0);
  expect(store.bytes()).toBe(2 * one);
  expect(one).toBeGreaterThan(400);
  store.put('a', answerOf(100_000), 0);
  expect([store.bytes(), store.get('a')]).toEqual([one, undefined]);
});

it('gives up those first that nobody has asked for the longest', () => {
  const store = createAnswerStore(MAX_BYTES);
  for (let i = 0; i < 20; i++) {
    store.put(String(i), answerOf(14_000), 0);
    store.get('0');
  }
  const left = Array.from({ length: 20 }, (_, i) => String(i)).filter((key) => store.get(key) !== undefined);
  expect([left[0], left.length, left.at(-1)]).toEqual(['0', 17, '19']);
  expect(left[1]).toBe('4');
});

it('keeps copies: what becomes of the answer afterwards is not seen', () => {
  const store = createAnswerStore(MAX_BYTES);
  const memory = Float32Array.of(1, 2, 3, 4);
  const [labels, shape] = [['a', 'b'], [2]];
  const outputs = [createTensor('Y', 'FP32', shape, memory.subarray(1, 3)), createTensor('L', 'BYTES', shape, labels)];
  store.put('a', { version: '1', revision: 'r', outputs, predictor: 'fallback' }, 5);
  memory.fill(9);
  labels.fill('z');
  shape.fill(9);
  const { answer, atMs } = store.get('a') ?? {};
  expect([answer, atMs]).toEqual([
    {
      version: '1',
      revision: 'r',
      outputs: [
        { name: 'Y', datatype: 'FP32', shape: [2], data: Float32Array.of(2, 3) },
        { name: 'L', datatype: 'BYTES', shape: [2], data: ['a', 'b'] },
      ],
    },
    5,
  ]);
  // No more of that memory is held than the elements.
  const data = answer?.outputs[0]?.data;
  expect(data instanceof Float32Array && data.buffer.byteLength).toBe(8);
});

it('takes inputs that leave room for an answer', () => {
  const store = createAnswerStore(MAX_BYTES);
  const inputs = (elements: number) => answerOf(elements).outputs;
  expect([store.takes(inputs(7_000)), store.takes(inputs(8_000))]).toEqual([true, false]);
});
