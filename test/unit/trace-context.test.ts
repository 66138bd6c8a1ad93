import { describe, expect, it } from 'vitest';
import { readCarried, traceOf } from '../../shared/observe/trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const VALID = `00-${TRACE}-${PARENT}-01`;

const carriedOf = (headers: Record<string, string>) => readCarried(new Headers(headers));

describe('the trace', () => {
  it.each([VALID, `00-${TRACE}-${PARENT}-00`, `cc-${TRACE}-${PARENT}-01`, `cc-${TRACE}-${PARENT}-01-what-comes-later`])(
    'goes on unchanged: %s',
    (traceparent) => {
      const carried = carriedOf({ traceparent, tracestate: 'rojo=00f067aa0ba902b7, congo@x=t61rcWkgMzE' });
      expect(carried).toMatchObject({ traceparent, tracestate: 'rojo=00f067aa0ba902b7, congo@x=t61rcWkgMzE' });
      expect(traceOf(carried)).toBe(TRACE);
    },
  );

  it.each([
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `cc-${TRACE}-${PARENT}-01.more`,
    `cc-${TRACE}-${PARENT}-01-${'a'.repeat(201)}`,
    `00-${TRACE}-${PARENT}`,
    `00-${TRACE}-${PARENT}-1`,
    `${VALID}, ${VALID}`,
    'x',
  ])('is dropped with its state where it is none: %s', (traceparent) => {
    const carried = carriedOf({ traceparent, tracestate: 'a=1' });
    expect(Object.keys(carried)).toEqual(['X-Request-Id']);
    expect(traceOf(carried)).toBeUndefined();
  });

  it.each(['', ',', 'a', 'A=1', 'a=1,b', 'a=\u00e4', `a=${'1'.repeat(257)}`, 'a=1,'.repeat(40), 'a='])(
    'goes on without a state that is none: %s',
    (tracestate) => {
      expect(carriedOf({ traceparent: VALID, tracestate })).not.toHaveProperty('tracestate');
    },
  );
});

describe('the id', () => {
  it("is the client's, or Cloudflare's", () => {
    expect(carriedOf({ 'X-Request-Id': 'order-7:a.b/c+d=', 'CF-Ray': '8f-FRA' })['X-Request-Id']).toBe(
      'order-7:a.b/c+d=',
    );
    expect(carriedOf({ 'CF-Ray': '8f2b-FRA' })['X-Request-Id']).toBe('8f2b-FRA');
  });

  it.each(['', 'two words', '"quoted"', 'a\u00e4', 'a'.repeat(129), '{"a":1}', 'a,b'])(
    'is a new one in place of %s',
    (id) => {
      const made = carriedOf({ 'X-Request-Id': id })['X-Request-Id'];
      expect(made).toMatch(/^[\da-f-]{36}$/);
      expect(carriedOf({ 'X-Request-Id': id })['X-Request-Id']).not.toBe(made);
    },
  );
});
