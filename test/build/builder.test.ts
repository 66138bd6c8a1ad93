/** The builder: a no-op when nothing changed, safe when started twice, never half-done, many builds side by side. */
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { findModels } from '../../models/build/model-folder.ts';
import { ROOT, WORKER_NAMES } from '../../models/build/workers.ts';
import { copyProject } from '../support/project-copy.ts';
import { run, start } from '../support/run.ts';

const COPY = copyProject(findModels(join(ROOT, 'models')).map(({ card }) => card.name));
const ARTEFACT = join(COPY, 'models/dist/artefact.ts');
const MANIFEST = join(COPY, 'models/dist/manifest.json');
const CARD = join(COPY, 'models/auto-mpg/card.json');

const BUILDER = join(COPY, 'models/build/build.ts');
const build = (...args: string[]) => run('node', [BUILDER, ...args]);
const NOTHING_TO_DO = { code: 0, stdout: '', stderr: '' };

beforeAll(async () => {
  expect((await run('npm', ['run', '-s', 'build', '--prefix', COPY])).code).toBe(0);
});

it('says and writes nothing when nothing has changed', async () => {
  const before = statSync(ARTEFACT).mtimeMs;
  expect(await build()).toEqual(NOTHING_TO_DO);
  expect(statSync(ARTEFACT).mtimeMs).toBe(before);
});

it('started twice at once, builds once', async () => {
  rmSync(MANIFEST);
  const both = await Promise.all([build(), build()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.filter(({ stderr }) => stderr.includes('build: done'))).toHaveLength(1);
  // The other waits, or begins so late on a busy machine that nothing is left to do.
  const other = both.filter(({ stderr }) => !stderr.includes('build: done')).map(({ stderr }) => stderr);
  expect(['build: waiting for another build\n', '']).toEqual(expect.arrayContaining(other));
  expect(other).toHaveLength(1);
});

it.each([
  ['a truncated bundle', 'dist/combined/index.js', (file: string) => writeFileSync(file, '')],
  ['a missing runtime', 'models/dist/runtime.wasm', (file: string) => rmSync(file)],
  ['a manifest that is none', 'models/dist/manifest.json', (file: string) => writeFileSync(file, '{}')],
])('makes %s anew', async (_, path, damage) => {
  const file = join(COPY, path);
  const before = readFileSync(file);
  damage(file);
  expect((await build()).stderr).toContain('build: done');
  expect(readFileSync(file).equals(before)).toBe(true);
});

it('makes another build beside the default one, of the models that are asked for', async () => {
  const before = statSync(ARTEFACT).mtimeMs;
  const args = ['--runtime', 'stock', '--models', 'penguins'];
  const { code, stderr } = await build(...args);
  expect(code).toBe(0);
  expect(stderr).toContain('build: penguins@1 on the stock runtime\n');
  const root = join(COPY, 'dist/builds/stock-penguins');
  const artefact = ['artefact.ts', 'manifest.json', 'penguins@1.onnx', 'runtime.wasm'];
  expect(readdirSync(join(root, 'models/dist')).sort()).toEqual(artefact);
  expect(readdirSync(join(root, 'dist')).sort()).toEqual([...WORKER_NAMES, 'deno', 'site'].sort());
  expect(await build(...args)).toEqual(NOTHING_TO_DO);
  expect(await build()).toEqual(NOTHING_TO_DO);
  expect(statSync(ARTEFACT).mtimeMs).toBe(before);
});

it.each([
  [['--models', 'penguins,nope'], /--models: expected a list of auto-mpg, .*penguins.*, got "nope"/],
  [['--runtime', 'nope'], /--runtime: expected baked or whole or stock, got "nope"/],
])('refuses %j with code 2', async (args, message) => {
  const { code, stderr } = await build(...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

it('leaves files that are as they should be: writing them would start the build of a wrangler dev again', async () => {
  const before = statSync(ARTEFACT).mtimeMs;
  rmSync(MANIFEST);
  expect((await build()).stderr).toBe('build: done\n');
  expect(statSync(ARTEFACT).mtimeMs).toBe(before);
});

it('killed in the middle, leaves the last build as it was, and the next one makes it', async () => {
  const files = () =>
    [ARTEFACT, MANIFEST, join(COPY, 'dist/combined/index.js')].map((file) => readFileSync(file, 'utf8'));
  const before = files();
  // A source of every Worker, and of no bake.
  appendFileSync(join(COPY, 'shared/result.ts'), '\nexport const UNUSED = 1;\n');
  const { child, finished } = start('node', [BUILDER]);
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => String(chunk).includes('bundling') && resolve());
  });
  child.kill('SIGKILL');
  expect((await finished).code).toBeNull();
  expect(files()).toEqual(before);
  const { code, stderr } = await build();
  expect(code).toBe(0);
  expect(stderr).toMatch(/^build: waiting for another build\n(.*\n)+build: done\n$/);
  expect(await build()).toEqual(NOTHING_TO_DO);
});

it.each([
  ['a card without its task', (card: object) => ({ ...card, task: undefined }), /card\.json, task: expected/],
  ['a card of another name', (card: object) => ({ ...card, name: 'x' }), /expected the name "auto-mpg", got "x"/],
  [
    'a card whose output is not there',
    (card: object) => ({ ...card, primaryOutput: 'Q' }),
    /card\.json, primaryOutput: expected one of the outputs "Y", got "Q"/,
  ],
  [
    'a card with an output that the model does not have',
    (card: object) => ({ ...card, outputs: [{ name: 'Q', datatype: 'FP32', shape: [-1, 1] }], primaryOutput: 'Q' }),
    /card\.json, outputs: expected of the model's "Y", got "Q"/,
  ],
])('refuses %s with one clear line, and is not current afterwards', async (_, change, message) => {
  const original = readFileSync(join(ROOT, 'models/auto-mpg/card.json'), 'utf8');
  writeFileSync(CARD, JSON.stringify(change(JSON.parse(original))));
  for (let i = 0; i < 2; i++) {
    const { code, stderr } = await build('--runtime', 'stock', '--models', 'auto-mpg');
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  }
});
