/** The builder: a no-op when nothing changed, safe when started twice, never half-done. */
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../models/build/workers.ts';
import { run } from '../support/run.ts';

/** A copy of the project, since these tests break it while others read it. */
const COPY = mkdtempSync(join(tmpdir(), 'tandem-builder-'));
const ARTEFACT = join(COPY, 'models/dist/artefact.ts');
const MANIFEST = join(COPY, 'models/dist/manifest.json');
const CARD = join(COPY, 'models/auto-mpg/card.json');

const build = () => run('npm', ['run', '-s', 'build', '--prefix', COPY]);

beforeAll(async () => {
  const parts = [
    'package.json',
    'package-lock.json',
    'wrangler.toml',
    'workers',
    'shared',
    'models',
    'bench/arms/workers',
  ];
  for (const part of parts) cpSync(join(ROOT, part), join(COPY, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(COPY, 'node_modules'));
  rmSync(join(COPY, 'models/dist'), { recursive: true });
  expect((await build()).code).toBe(0);
});
afterAll(() => rmSync(COPY, { recursive: true }));

it('says and writes nothing when nothing has changed', async () => {
  const before = statSync(ARTEFACT).mtimeMs;
  expect(await build()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(statSync(ARTEFACT).mtimeMs).toBe(before);
});

it('started twice at once, builds once', async () => {
  rmSync(MANIFEST);
  const both = await Promise.all([build(), build()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.filter(({ stderr }) => stderr.includes('build: done'))).toHaveLength(1);
  expect(both.filter(({ stderr }) => stderr === 'build: waiting for another build\n')).toHaveLength(1);
});

it.each([
  ['a truncated bundle', 'dist/combined/index.js', (file: string) => writeFileSync(file, '')],
  ['a missing model', 'models/dist/auto-mpg.onnx', (file: string) => rmSync(file)],
  ['a manifest that is none', 'models/dist/manifest.json', (file: string) => writeFileSync(file, '{}')],
])('makes %s anew', async (_, path, damage) => {
  const file = join(COPY, path);
  const before = readFileSync(file);
  damage(file);
  expect((await build()).stderr).toContain('build: done');
  expect(readFileSync(file).equals(before)).toBe(true);
});

it.each([
  ['a card without its task', (card: object) => ({ ...card, task: undefined }), /card\.json, task: expected/],
  ['a card of another name', (card: object) => ({ ...card, name: 'x' }), /expected the name "auto-mpg", got "x"/],
  [
    'a card whose output is not there',
    (card: object) => ({ ...card, primaryOutput: 'Q' }),
    /model auto-mpg: expected an answer on workerd, got 400/,
  ],
])('refuses %s with one clear line, and is not current afterwards', async (_, change, message) => {
  const original = readFileSync(join(ROOT, 'models/auto-mpg/card.json'), 'utf8');
  writeFileSync(CARD, JSON.stringify(change(JSON.parse(original))));
  for (let i = 0; i < 2; i++) {
    const { code, stderr } = await build();
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  }
});
