/** The stock runtime after a run that broke off in the middle: it cannot be reset, so it refuses, and never hangs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RUNTIME_WASM } from '../../models/build/artefact.ts';
import { ROOT } from '../../models/build/workers.ts';
import { RunBroken, RuntimeLost } from '../../shared/inference/runtime.ts';
import { createInstantiatedRuntime } from '../../shared/inference/stock-runtime.ts';
import { createTensor } from '../../shared/tensor.ts';

const MODULE = new WebAssembly.Module(readFileSync(RUNTIME_WASM));
const INPUTS = [createTensor('X', 'FP32', [1, 8], new Float32Array(8))];

/** The call into JavaScript, counted from the start of the run, that is to break off; 0 for none. */
let breaksAt = 0;

function breaking(value: WebAssembly.ImportValue): WebAssembly.ImportValue {
  if (typeof value !== 'function') return value;
  return (...args: unknown[]) => {
    breaksAt -= 1;
    if (breaksAt === 0) throw new WebAssembly.RuntimeError('unreachable');
    return Reflect.apply(value, undefined, args);
  };
}

it('says that a run broke off, and refuses every later one', async () => {
  const runtime = createInstantiatedRuntime((imports) => {
    const groups = Object.entries(imports).map(([group, values]) => {
      const wrapped = Object.entries(values).map(([name, value]) => [name, breaking(value)]);
      return [group, Object.fromEntries(wrapped)];
    });
    return new WebAssembly.Instance(MODULE, Object.fromEntries(groups));
  });
  const session = await runtime.createSession(readFileSync(join(ROOT, 'models/auto-mpg/model.onnx')));
  expect(await session.run(INPUTS, ['Y'])).toHaveLength(1);
  await expect(session.run(INPUTS, ['Q'])).rejects.toThrow('Q');
  expect(await session.run(INPUTS, ['Y'])).toHaveLength(1);
  breaksAt = 14;
  await expect(session.run(INPUTS, ['Y'])).rejects.toThrow(RunBroken);
  for (let i = 0; i < 3; i++) await expect(session.run(INPUTS, ['Y'])).rejects.toThrow(RuntimeLost);
});
