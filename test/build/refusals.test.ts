/** Everything that could not be served is refused in one clear line, and nothing of it is left over. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { addModel } from '../../models/build/add-model.ts';
import { removeModel } from '../../models/build/model-list.ts';
import { trainModels } from '../../models/build/train-models.ts';
import { ROOT } from '../../models/build/workers.ts';
import { add, FILE, FOLDER, folders, log, MODELS, removeFolder, removeModels } from '../support/model-folder.ts';
import { makeOnnx } from '../support/onnx.ts';
import { REFUSED } from '../support/refused-models.ts';

afterEach(removeModels);
afterAll(removeFolder);

describe('a refusal says what was expected, what was got and what to do:', () => {
  it.each(REFUSED)('%s', async (_, bytes, message) => {
    const refusal = await add(bytes).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(refusal).toBeInstanceOf(Error);
    const text = refusal instanceof Error ? refusal.message : '';
    expect(text).toMatch(message);
    expect(text.startsWith(`${FILE}: expected`)).toBe(true);
    expect(text).not.toContain('\n');
    expect(folders()).toEqual([]);
  });

  it('a file that is not there, and one that is a folder', async () => {
    const at = (file: string) => addModel({ models: MODELS, file, log, name: 'm' });
    await expect(at(join(FOLDER, 'none.onnx'))).rejects.toThrow('none.onnx: expected an ONNX file, got no file');
    await expect(at(FOLDER)).rejects.toThrow('got something that is no file');
  });

  it.each([
    ['../up', 'up'],
    ['Iris Model', 'iris-model'],
    ['a..b', 'a-b'],
    ['.hidden', 'hidden'],
    ['dist', 'my-model'],
    ['build', 'my-model'],
    ['', 'my-model'],
    ['é', 'my-model'],
    ['x'.repeat(65), 'my-model'],
  ])('the name %j, with one that is possible', async (name, suggestion) => {
    await expect(add(makeOnnx(), name)).rejects.toThrow(
      new RegExp(`^name: expected a safe URL segment .* try --name ${suggestion}$`),
    );
  });

  it('a name that is taken, before the file is read', async () => {
    mkdirSync(join(MODELS, 'made'));
    await expect(add(Buffer.from('hello'))).rejects.toThrow(
      'name: expected one that is free, got "made", which is taken',
    );
  });

  it('removing a folder with work of somebody in it', async () => {
    const { folder } = await add(makeOnnx());
    writeFileSync(join(folder, 'train.ts'), '');
    expect(() => removeModel(MODELS, 'made')).toThrow(
      'made: expected a folder with nothing but model.onnx, card.json,',
    );
    expect(existsSync(join(folder, 'train.ts'))).toBe(true);
  });

  it('training a model without a script', async () => {
    await add(makeOnnx());
    await expect(trainModels(MODELS, 'made', log)).rejects.toThrow(
      'expected a model with a train.ts (none), got "made"',
    );
  });
});

it('refuses or adds a real model with any bytes changed, and never leaves anything half-done', async () => {
  const whole = readFileSync(join(ROOT, 'models/auto-mpg/model.onnx'));
  const edit = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
  const edits = fc.array(edit, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(edits, async (changes) => {
      const bytes = Uint8Array.from(whole);
      for (const { at, byte } of changes) bytes[at] = byte;
      const result = await add(bytes).then(
        (added) => added.folder,
        (cause: Error) => cause.message,
      );
      if (result === join(MODELS, 'made')) rmSync(result, { recursive: true });
      else expect(result).toMatch(/made\.onnx: expected .*, got [^\n]*$/);
      expect(folders()).toEqual([]);
    }),
    { numRuns: 25, seed: 25 },
  );
});
