import { expect, it } from 'vitest';
import { explainRun, isOutOfMemory } from '../../shared/inference/explain-run.ts';
import { RunBroken, RunEndless, RunRefused } from '../../shared/inference/runtime.ts';

const node = (op: string, text: string) =>
  new RunRefused(
    `ERROR_CODE: 1, ERROR_MESSAGE: Non-zero status code returned while running ${op} node. Name:'/a/${op}' Status Message: ${text}`,
  );
const broken = (cause: unknown) => new RunBroken('the run broke off', { cause });

it.each([
  [
    node('Gather', 'indices element out of data bounds, idx=2 must be within the inclusive range [-2,1]'),
    'index 2 outside -2..1 in Gather',
  ],
  [
    node(
      'Reshape',
      '/mnt/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:47 onnxruntime::ReshapeHelper::ReshapeHelper(const TensorShape &, TensorShapeVector &, bool) input_shape_size == size was false. The input tensor cannot be reshaped to the requested shape. Input shape:{2,3}, requested shape:{4,4}\n',
    ),
    'The input tensor cannot be reshaped to the requested shape. Input shape:{2,3}, requested shape:{4,4} in Reshape',
  ],
  [node('Div', 'element_wise_ops.cc:692 Compute Integer division by zero'), 'Integer division by zero in Div'],
  [broken(new WebAssembly.RuntimeError('divide by zero')), 'a division of an integer by zero'],
  [broken(new WebAssembly.RuntimeError('unreachable')), 'values or sizes on which it breaks off'],
  [broken(12_345), 'values or sizes on which it breaks off'],
  [broken(new RangeError('Maximum call stack size exceeded')), 'calls that are nested too deep'],
])('%s is put into plain words', (cause, words) => {
  expect(explainRun(cause)).toBe(words);
});

it('an endless run and one without memory say what to do', () => {
  expect(explainRun(broken(new RunEndless('x')))).toMatch(/does not end within \d+ allocations; ask for fewer rounds/);
  for (const cause of [
    node('Add', 'std::bad_alloc'),
    broken(new RangeError("expected 9 bytes of the runtime's memory, got none")),
  ]) {
    expect(explainRun(cause)).toMatch(/more than the 112 MiB of memory that there are; ask for fewer rows/);
    expect(isOutOfMemory(cause)).toBe(true);
  }
});

it('an error of our own is not the inputs’ fault', () => {
  expect(explainRun(new TypeError('x is not a function'))).toBeUndefined();
});
