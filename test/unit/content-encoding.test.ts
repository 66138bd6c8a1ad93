import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeContent } from '../../shared/http/content-encoding.ts';

const MAX = 100_000;

it.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  [' X-GZIP ', gzipSync],
])('%s of any bytes comes back, and of any part of it nothing', (encoding, compress) => {
  const property = fc.property(fc.uint8Array({ maxLength: 20_000 }), fc.nat(), fc.nat(7), (bytes, cut, bit) => {
    const whole = compress(bytes);
    const at = cut % whole.length;
    expect(decodeContent(whole, encoding, MAX)).toMatchObject({ ok: true, value: bytes });
    expect(decodeContent(whole.subarray(0, at), encoding, MAX)).toMatchObject({ ok: false });
    expect(decodeContent(Buffer.concat([whole, Buffer.alloc(5000)]), encoding, MAX)).toMatchObject({ ok: false });
    // Some bits of the header say nothing of the content; what is changed elsewhere shows in the checksum.
    const damaged = Uint8Array.from(whole, (byte, i) => (i === at ? byte ^ (1 << bit) : byte));
    const answer = decodeContent(damaged, encoding, MAX);
    if (answer.ok) expect(answer.value).toEqual(bytes);
  });
  fc.assert(property, { numRuns: 300 });
});

it('takes a gzip file of several members, and nothing of the body before', () => {
  const whole = Buffer.concat([gzipSync('one '), gzipSync('two')]);
  expect(decodeContent(whole, 'gzip', MAX)).toEqual({ ok: true, value: new Uint8Array(Buffer.from('one two')) });
  const { value } = Object(decodeContent(gzipSync('three'), 'gzip', MAX));
  expect([value.byteLength, value.buffer.byteLength]).toEqual([5, 5]);
});

it('inflates little more than the limit of what grows', () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const before = performance.now();
  const answer = decodeContent(bomb, 'gzip', MAX);
  expect(answer).toMatchObject({ ok: false, error: { kind: 'body-too-large' } });
  expect(performance.now() - before).toBeLessThan(500);
});
