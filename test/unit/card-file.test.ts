import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readCard } from '../../models/build/model-folder.ts';
import { CARD } from '../support/rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'tandem-card-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(members: object) {
  const file = join(folder, 'card.json');
  writeFileSync(file, JSON.stringify({ ...CARD, ...members }));
  return readCard(file, CARD.name);
}

it.each([{ seconds: 60 }, { seconds: 0, staleSeconds: 600 }, { seconds: 31_536_000, public: true }])(
  'a card may have the cache %j',
  (cache) => {
    expect(read({ cache }).cache).toEqual(cache);
  },
);

it.each([
  [{ cache: 60 }, 'cache: expected Object, got 60'],
  [{ cache: { public: true } }, 'cache.seconds: expected "seconds", got undefined'],
  [{ cache: { seconds: '60' } }, 'cache.seconds: expected number, got "60"'],
  [{ cache: { seconds: 1.5 } }, 'cache.seconds: expected a whole number, got 1.5'],
  [{ cache: { seconds: -1 } }, 'cache.seconds: expected >=0, got -1'],
  [{ cache: { seconds: 1, staleSeconds: 1e9 } }, 'cache.staleSeconds: expected <=31536000, got 1000000000'],
  [{ cache: { seconds: 1, publik: true } }, 'cache.publik: expected no member of that name, got "publik"'],
  [{ maxRows: 1.5 }, 'maxRows: expected a whole number, got 1.5'],
])('a card with %j is refused in words', (members, words) => {
  expect(() => read(members)).toThrow(`card.json, ${words}`);
});
