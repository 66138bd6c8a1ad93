import { join } from 'node:path';
import { expect, it } from 'vitest';
import { askedModel, buildOf } from '../../bench/arms/arms.ts';

import { buildRoot, DEFAULT_RUNTIME, stageFolder } from '../../models/build/options.ts';
import { ROOT } from '../../models/build/workers.ts';

const BUILDS = join(ROOT, 'dist/builds');

it('gives the default build the project itself as its root, however it is asked for', () => {
  expect(buildRoot({})).toBe(ROOT);
  expect(buildRoot({ runtime: DEFAULT_RUNTIME })).toBe(ROOT);
});

it.each([
  [{ runtime: 'stock' }, 'stock'],
  [{ models: ['b', 'a'] }, `${DEFAULT_RUNTIME}-a+b`],
  [{ runtime: 'stock', models: ['a', 'b', 'a'] }, 'stock-a+b'],
] as const)('gives the build of %o the folder %s', (options, name) => {
  expect(buildRoot(options)).toBe(join(BUILDS, name));
});

it('keeps the folders of many models short and apart', () => {
  const models = Array.from({ length: 100 }, (_, i) => `model-${i}`);
  const folder = stageFolder({ models });
  expect(folder.length).toBeLessThan(BUILDS.length + 40);
  expect(stageFolder({ models: [...models].reverse() })).toBe(folder);
  expect(stageFolder({ models: models.slice(1) })).not.toBe(folder);
});

it('starts combined-stock from the stock build of the same models, and other arms from the build asked for', () => {
  const asked = { runtime: 'baked', models: ['a'] } as const;
  expect(buildOf('combined-stock', asked)).toEqual({ runtime: 'stock', models: ['a'] });
  expect(buildOf('combined', asked)).toEqual(asked);
});

it('asks the default model, or the first one where that is left out', () => {
  expect(askedModel({})).toBe('auto-mpg');
  expect(askedModel({ models: ['penguins', 'auto-mpg'] })).toBe('auto-mpg');
  expect(askedModel({ models: ['penguins', 'digits'] })).toBe('penguins');
});
