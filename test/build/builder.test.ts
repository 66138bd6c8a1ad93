/** The builder: a no-op when nothing changed, safe when started twice, never half-done. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT } from '../../models/build/workers.ts';
import { run } from '../support/run.ts';

const ARTEFACT = join(ROOT, 'models/dist/artefact.ts');
const MANIFEST = join(ROOT, 'models/dist/manifest.json');
const CARD = join(ROOT, 'models/auto-mpg/card.json');
const original = readFileSync(CARD);
afterAll(async () => {
  writeFileSync(CARD, original);
  await run('npm', ['run', '-s', 'build']);
});

const build = () => run('npm', ['run', '-s', 'build']);

it('says and writes nothing when nothing has changed', async () => {
  const before = statSync(ARTEFACT).mtimeMs;
  expect(await build()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(statSync(ARTEFACT).mtimeMs).toBe(before);
});

it('started twice at once, builds once', async () => {
  rmSync(MANIFEST);
  const both = await Promise.all([build(), build()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.filter(({ stderr }) => stderr !== '')).toHaveLength(1);
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
  writeFileSync(CARD, JSON.stringify(change(JSON.parse(original.toString()))));
  for (let i = 0; i < 2; i++) {
    const { code, stderr } = await build();
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  }
});
