import { describe, expect, it } from 'vitest';
import { createKeyring, formatEntries, makeKey, parseEntries } from '../../shared/api-keys.ts';

const SECRET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN-_0';
const OTHER = SECRET.replace('a', 'b');

describe('entries of API_KEYS', () => {
  it('are read as they are written, between spaces, commas and lines', async () => {
    const made = [await makeKey('ci', ['infer'], SECRET), await makeKey('ops-2', ['infer', 'admin'], OTHER)];
    const entries = made.map(({ entry }) => entry);
    const text = formatEntries(entries);
    expect(text).toMatch(/^ci:infer:[0-9a-f]{64},ops-2:infer\+admin:[0-9a-f]{64}$/);
    expect(parseEntries(text)).toEqual(entries);
    expect(parseEntries(`\n${text.replace(',', ' ,\n')} `)).toEqual(entries);
    expect(parseEntries('')).toEqual([]);
  });

  const sha256 = '0'.repeat(64);
  it.each([
    [`ci:infer:${sha256.slice(1)}`, 'entry 1: expected ID:SCOPES:SHA256 as "npm run keys" makes it, got 72 characters'],
    [`ci:infer:${sha256} ops:root:${sha256}`, 'entry 2: expected ID:SCOPES:SHA256'],
    [`CI:infer:${sha256}`, 'entry 1: expected ID:SCOPES:SHA256'],
    [`ci:infer:${sha256},ci:admin:${sha256}`, 'entry 2: expected an id of its own, got "ci" once more'],
    [
      `tk_ci_${SECRET}`,
      'entry 1: expected ID:SCOPES:SHA256 as "npm run keys" makes it, got what looks like a key itself',
    ],
  ])('%s are refused, and never shown', (text, message) => {
    expect(() => parseEntries(text)).toThrow(`secret API_KEYS, ${message}`);
    expect(() => parseEntries(text)).not.toThrow(/abcdef|0000/);
  });
});

describe('a keyring', () => {
  it('finds the entry of a key, again and again, and of each of several', async () => {
    const made = [await makeKey('old', ['infer'], SECRET), await makeKey('new', ['admin'], SECRET)];
    const find = createKeyring(made.map(({ entry }) => entry));
    for (const { key, entry } of [...made, ...made]) expect(await find(key)).toBe(entry);
    expect(await createKeyring([])(made[0]?.key ?? '')).toBeUndefined();
  });

  it('knows no other text, before and after it has seen the key', async () => {
    const { key, entry } = await makeKey('ci', ['infer'], SECRET);
    const find = createKeyring([entry]);
    const others = [
      `tk_ci_${OTHER}`,
      `tk_cj_${SECRET}`,
      key.slice(0, -1),
      `${key}0`,
      ` ${key}`,
      SECRET,
      '',
      entry.sha256,
    ];
    for (const seen of [undefined, entry]) {
      for (const other of others) expect(await find(other), other).toBeUndefined();
      if (seen === undefined) expect(await find(key)).toBe(entry);
    }
    expect(await find(key)).toBe(entry);
  });
});
