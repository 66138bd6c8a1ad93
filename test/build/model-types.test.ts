/** The client's declarations and the models' types in a project of somebody else's: what compiles and what does not. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findInstalled } from '../../bench/peers/peers.ts';
import { modelTypes } from '../../models/build/model-types.ts';
import { ROOT } from '../../models/build/workers.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import { CARDS } from '../support/models.ts';
import { run } from '../support/run.ts';
import { card } from '../support/test-models.ts';

/** The example of the README. */
const [, EXAMPLE = ''] =
  /^## Client$[\s\S]*?((?:^ {4}.*\n)+)/m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];

/** Every name in it would end a key, a comment or a line that was put together without care. */
const HOSTILE: ModelCard = {
  ...card(
    `it's "a*/`,
    [{ name: '__proto__', datatype: 'BYTES', shape: [] }],
    [{ name: 'a\n"b`', datatype: 'BOOL', shape: [-1] }],
  ),
  description: 'ends */ here;\nand /* there',
};

const RIGHT_AND_WRONG = `
import { type Client, ClientError, createClient } from './client.js';
import type { Models } from './models.ts';

const client: Client<Models> = createClient<Models>(new URL('http://localhost:8787'), { retries: 0 });
const X = { datatype: 'FP32', shape: [1, 4], data: Float32Array.of(39.1, 18.7, 181, 3750) } as const;

export const species: string = await client.predict('penguins', { beak_length: 39.1, body_mass: null });
export const all: readonly string[] = await client.predictAll('penguins', [[39.1, 18.7, 181, 3750]]);
const { outputs } = await client.infer('penguins', { X }, { outputs: ['probabilities'], timeoutMs: 100 });
export const shares: Float32Array = outputs.probabilities.data;
export const classes: 3 = outputs.probabilities.shape[1];
const { digit } = (await client.infer('digits', { image: { ...X, shape: [1, 1, 28, 28] } })).outputs;
export const first: bigint | undefined = digit.data[0];
export const status: number | null = new ClientError('timeout', 'late').status;
export const untyped = await createClient('').infer('any', { thing: X });
export const data: unknown = untyped.outputs['thing']?.data;

// @ts-expect-error: a wrong feature name
client.predict('penguins', { beak_lenght: 39.1 });
// @ts-expect-error: a feature that is not there, and must be
client.predict('auto-mpg', { horsepower: 130 });
// @ts-expect-error: missing values are for models that know of them
client.predict('auto-mpg', [8, 307, 130, 3504, 12, 70, 0, null]);
// @ts-expect-error: no table
client.predict('digits', []);
// @ts-expect-error: a wrong model name
client.predict('pinguins', []);
// @ts-expect-error: a wrong tensor name
client.infer('penguins', { Y: X });
// @ts-expect-error: a wrong datatype
client.infer('penguins', { X: { ...X, datatype: 'FP64', data: new Float64Array(4) } });
// @ts-expect-error: a wrong shape
client.infer('penguins', { X: { ...X, shape: [4] } });
// @ts-expect-error: an output that is not there
client.infer('penguins', { X }, { outputs: ['species'] });
// @ts-expect-error: an output that was not asked for
outputs.label;
`;

const folder = mkdtempSync(join(tmpdir(), 'tandem-types-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  for (const name of ['client.js', 'client.d.ts']) cpSync(join(ROOT, 'dist/site', name), join(folder, name));
  const compilerOptions = {
    ...{ target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'], types: [] },
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noEmit: true },
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  writeFileSync(join(folder, 'hostile.ts'), modelTypes([HOSTILE]));
  writeFileSync(join(folder, 'use.ts'), RIGHT_AND_WRONG);
  writeFileSync(
    join(folder, 'example.ts'),
    `${EXAMPLE}export const shares: Float32Array = outputs.probabilities.data;\n`,
  );
});

it('what a card names compiles, and no other name of a model, feature, tensor or output', async () => {
  writeFileSync(join(folder, 'models.ts'), modelTypes(CARDS));
  expect(await run('tsc', ['-p', folder])).toEqual({ code: 0, stdout: '', stderr: '' });
});

const DENO = findInstalled('deno');
it.skipIf(DENO === undefined)(
  'so it is in Deno, which finds the declarations by the first line of the module',
  async () => {
    expect(await run(DENO ?? '', ['check', '--quiet', '--no-lock', join(folder, 'use.ts')])).toMatchObject({ code: 0 });
  },
);

it('npm run models -- types prints them', async () => {
  expect(await run(process.execPath, ['models/cli.ts', 'types'])).toEqual({
    code: 0,
    stdout: modelTypes(CARDS),
    stderr: '',
  });
});
