import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { toHttp } from '../../shared/errors.ts';
import { createCatalog } from '../../shared/http/catalog.ts';
import { CATALOG_MISS_MS } from '../../shared/limits.ts';
import type { Predictor } from '../../shared/predictor.ts';
import { fail, ok } from '../../shared/result.ts';
import { CARD } from '../support/rows.ts';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A predictor whose catalog the test changes, and which counts how often it is asked. */
function countingPredictor() {
  const state = { revision: 'r1', names: ['auto-mpg'], asked: 0, lost: false };
  const predictor: Predictor = {
    models: async () => {
      state.asked += 1;
      if (state.lost) throw new Error('gone');
      const models = state.names.map((name) => ({ card: { ...CARD, name }, ready: true, reason: '' }));
      return ok({ revision: state.revision, models });
    },
    infer: async () => fail({ kind: 'internal', code: 'UNUSED', remedy: '' }),
  };
  return { state, predictor };
}

it('asks once and remembers', async () => {
  const { state, predictor } = countingPredictor();
  const catalog = createCatalog(predictor, () => 0);
  for (let i = 0; i < 3; i++) expect((await catalog.defaultModel()).ok).toBe(true);
  expect(state.asked).toBe(1);
});

it('asks again when an answer carries another revision, and not when it carries the same', async () => {
  const { state, predictor } = countingPredictor();
  const catalog = createCatalog(predictor, () => 0);
  await catalog.defaultModel();
  catalog.seen('r1');
  await catalog.defaultModel();
  expect(state.asked).toBe(1);
  catalog.seen('r2');
  await catalog.defaultModel();
  expect(state.asked).toBe(2);
});

it('asks again for an unknown name, but not more often than once in the stated time', async () => {
  const { state, predictor } = countingPredictor();
  let nowMs = 0;
  const catalog = createCatalog(predictor, () => nowMs);
  await catalog.defaultModel();
  state.names.push('new');
  expect(await catalog.model({ model: 'new' })).toMatchObject({ ok: false, error: { kind: 'unknown-model' } });
  expect(state.asked).toBe(1);
  nowMs += CATALOG_MISS_MS;
  expect(await catalog.model({ model: 'new' })).toMatchObject({ ok: true });
  expect(state.asked).toBe(2);
});

it('finds versions by number and label, the first where none is named, and names what there is', async () => {
  const { predictor } = countingPredictor();
  const versions = [{ version: '2', labels: ['stable'] }, { version: '1' }, { version: '3', labels: ['canary'] }];
  const models = versions.map((change) => ({ card: { ...CARD, ...change }, ready: true, reason: '' }));
  const catalog = createCatalog({ ...predictor, models: async () => ok({ revision: 'r', models }) }, () => 0);
  const found = async (version?: string) => {
    const wanted = { model: 'auto-mpg', ...(version === undefined ? {} : { version }) };
    const answer = await catalog.model(wanted);
    return answer.ok ? answer.value.card.version : toHttp(answer.error).message;
  };
  expect(await Promise.all([undefined, '1', 'stable', 'canary'].map(found))).toEqual(['2', '1', '2', '3']);
  expect(await catalog.defaultModel()).toMatchObject({ value: { card: { version: '2' } } });
  expect(await found('4')).toBe(
    'model "auto-mpg": expected version "2" or "1" or "3" or "stable" or "canary", got "4"',
  );
});

it('asks again for an unknown version, but not more often than once in the stated time', async () => {
  const { state, predictor } = countingPredictor();
  let nowMs = 0;
  const catalog = createCatalog(predictor, () => nowMs);
  const wanted = { model: 'auto-mpg', version: '2' };
  for (const asked of [1, 1]) {
    expect(await catalog.model(wanted)).toMatchObject({ ok: false, error: { kind: 'unknown-version' } });
    expect(state.asked).toBe(asked);
  }
  nowMs += CATALOG_MISS_MS;
  await catalog.model(wanted);
  expect(state.asked).toBe(2);
});

it('turns a lost predictor into an error and asks anew next time', async () => {
  const { state, predictor } = countingPredictor();
  const catalog = createCatalog(predictor, () => 0);
  state.lost = true;
  expect(await catalog.defaultModel()).toMatchObject({ ok: false, error: { kind: 'predictor-unreachable' } });
  state.lost = false;
  expect((await catalog.defaultModel()).ok).toBe(true);
});

it('takes the model marked as default, else the only one, else none', async () => {
  const { state, predictor } = countingPredictor();
  state.names = ['other', 'auto-mpg'];
  expect(await createCatalog(predictor, () => 0).defaultModel()).toMatchObject({ value: { card: { name: 'other' } } });
  const plain = (names: string[]): Predictor => ({
    ...predictor,
    models: async () => {
      const models = names.map((name) => ({ card: { ...CARD, name, default: false }, ready: true, reason: '' }));
      return ok({ revision: 'r', models });
    },
  });
  expect(await createCatalog(plain(['a']), () => 0).defaultModel()).toMatchObject({ value: { card: { name: 'a' } } });
  const none = await createCatalog(plain(['a', 'b']), () => 0).defaultModel();
  expect(none).toEqual({ ok: false, error: { kind: 'no-default-model', known: ['a', 'b'] } });
});
