/** Every datatype through the JSON and the binary codec: what goes in comes out, bit for bit, and garbage is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReader, HEADER_LENGTH, joinBody, splitBody } from '../../shared/http/binary-body.ts';
import { parseJson } from '../../shared/http/body.ts';
import { parseExactJson } from '../../shared/http/exact-json.ts';
import { decodeElements, encodeElements } from '../../shared/http/tensor-bytes.ts';
import { readTensorData } from '../../shared/http/tensor-data.ts';
import { shortestOfFp32, toJsonElements } from '../../shared/http/tensor-json.ts';
import { createTensor, DATATYPES, type Datatype, TYPED_ARRAYS } from '../../shared/tensor.ts';

const RUNS = { numRuns: 500 };
const JSON_DATATYPES = DATATYPES.filter((datatype) => datatype !== 'FP16');

/** Elements of a datatype; every bit pattern is drawn, NaN payloads included, where `finite` does not forbid it. */
function elementsOf(datatype: Datatype, finite: boolean): fc.Arbitrary<unknown> {
  if (datatype === 'BYTES') return fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 });
  if (datatype === 'BOOL') return fc.array(fc.nat(1), { maxLength: 20 }).map((bits) => Uint8Array.from(bits));
  const TypedArray: new (buffer: ArrayBuffer) => { [Symbol.iterator](): Iterator<number | bigint> } =
    TYPED_ARRAYS[datatype];
  const bytes = fc.uint8Array({ maxLength: 160 }).map((drawn) => Uint8Array.from(drawn.slice(drawn.length % 8)));
  const drawn = bytes.map((array) => new TypedArray(array.buffer));
  return finite ? drawn.filter((data) => [...data].every((x) => typeof x === 'bigint' || Number.isFinite(x))) : drawn;
}

/** The bytes that say whether two tensors are the same: NaN is equal to itself there, and -0 is not 0. */
function bitsOf(datatype: Datatype, data: unknown): unknown {
  return datatype === 'BYTES' ? data : encodeElements(createTensor('t', datatype, [], data));
}

it('an FP32 number is itself again from the shortest number for it', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (value) => Math.fround(shortestOfFp32(value)) === value),
    { numRuns: 10_000 },
  );
  expect([0.1, 18, 2 ** -24, 16_777_217.5].map(Math.fround).map(shortestOfFp32)).toEqual([
    0.1, 18, 5.9604645e-8, 16777218,
  ]);
});

describe.each(DATATYPES)('%s', (datatype) => {
  it('comes back from binary bit for bit', () => {
    const property = fc.property(elementsOf(datatype, false), (data) => {
      const bytes = encodeElements(createTensor('t', datatype, [], data));
      const back = decodeElements(datatype, bytes);
      if (!back.ok) throw new Error(`expected elements, got ${JSON.stringify(back.error)}`);
      expect(bitsOf(datatype, back.value)).toEqual(bitsOf(datatype, data));
    });
    fc.assert(property, RUNS);
  });

  it('reads any bytes, at any offset, as elements or as a misfit', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(10), (bytes, offset) => {
      const read = decodeElements(datatype, bytes.subarray(offset));
      if (read.ok) expect(() => createTensor('t', datatype, [], read.value)).not.toThrow();
      else expect(read.error.got).not.toBe('');
    });
    fc.assert(property, RUNS);
  });

  it('takes any JSON as elements or refuses it', () => {
    const property = fc.property(fc.jsonValue(), fc.array(fc.nat(3), { maxLength: 3 }), (data, shape) => {
      const read = readTensorData(data, { where: 't', datatype, shape, nullIsNan: false });
      if (!read.ok) expect(read.error.kind).toBe('invalid-request');
      else expect(() => createTensor('t', datatype, shape, read.value)).not.toThrow();
    });
    fc.assert(property, RUNS);
  });
});

describe.each(JSON_DATATYPES)('%s', (datatype) => {
  it('comes back from JSON exactly', () => {
    const property = fc.property(elementsOf(datatype, true), (data) => {
      const output = createTensor('t', datatype, [], data);
      const values = toJsonElements({ model: 'm' }, output);
      if (!values.ok) throw new Error('expected JSON values');
      const json = parseExactJson(JSON.stringify(values.value));
      const back = readTensorData(json, { where: 't', datatype, shape: [output.data.length], nullIsNan: false });
      // JSON.stringify writes -0 as 0.
      const sent = Array.from<unknown>(output.data).map((x) => (x === 0 ? 0 : x));
      expect(back.ok ? Array.from<unknown>(back.value) : back).toEqual(sent);
    });
    fc.assert(property, RUNS);
  });
});

it('JSON reads whole numbers of 64 bits exactly, from digits alone', () => {
  const property = fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), (whole) => {
    for (const [datatype, min, max] of [
      ['INT64', -(2n ** 63n), 2n ** 63n - 1n],
      ['UINT64', 0n, 2n ** 64n - 1n],
    ] as const) {
      const json = parseExactJson(`[${whole}]`);
      const read = readTensorData(json, { where: 't', datatype, shape: [1], nullIsNan: false });
      expect(read.ok ? read.value[0] : undefined).toBe(whole >= min && whole <= max ? whole : undefined);
    }
  });
  fc.assert(property, { numRuns: 2000 });
});

it('JSON that is read exactly differs from plain JSON in whole numbers beyond 2^53 alone', () => {
  const property = fc.property(fc.json(), (text) => {
    const exact = parseExactJson(text);
    const rounded = JSON.stringify(exact, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
    expect(JSON.parse(rounded)).toEqual(JSON.parse(text));
  });
  fc.assert(property, RUNS);
});

it('binary texts keep a byte order mark, and a length that reaches past the end is refused before it is used', () => {
  const bytes = encodeElements(createTensor('t', 'BYTES', [1], ['\uFEFFa']));
  expect(decodeElements('BYTES', bytes)).toEqual({ ok: true, value: ['\uFEFFa'] });
  const absurd = decodeElements('BYTES', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x61));
  expect(absurd).toEqual({ ok: false, error: { expected: '4294967295 bytes as element 0', got: '1 bytes' } });
});

it.each(['FP32', 'FP64'] as const)('null is NaN in %s where it may be missing, and else refused', (datatype) => {
  const tensor = { where: 't', datatype, shape: [2] };
  const missing = readTensorData([1, null], { ...tensor, nullIsNan: true });
  expect(missing.ok && [...missing.value]).toEqual([1, Number.NaN]);
  expect(readTensorData([1, null], { ...tensor, nullIsNan: false })).toMatchObject({ error: { got: 'null' } });
});

it('FP16 is refused in JSON, both ways, with the name of the binary form', () => {
  const output = createTensor('t', 'FP16', [1], Uint16Array.of(0x3c00));
  expect(toJsonElements({ model: 'm' }, output)).toMatchObject({
    error: { expected: expect.stringContaining('binary data') },
  });
  const input = { where: 't', datatype: 'FP16', shape: [1], nullIsNan: false } as const;
  expect(readTensorData([1], input)).toMatchObject({ error: { expected: expect.stringContaining('binary data') } });
});

it('a scalar comes as a number or as an array of one', () => {
  const scalar = { where: 't', datatype: 'FP32', shape: [], nullIsNan: false } as const;
  for (const data of [5, [5]]) expect(readTensorData(data, scalar)).toEqual({ ok: true, value: Float32Array.of(5) });
  expect(readTensorData([5, 6], scalar).ok).toBe(false);
});

it('a binary body gives back the parts that it was made of', () => {
  const tensors = fc.array(
    fc.constantFrom(...DATATYPES).chain((datatype) => elementsOf(datatype, false).map((data) => ({ datatype, data }))),
    { maxLength: 5 },
  );
  const property = fc.property(fc.jsonValue(), tensors, (json, parts) => {
    const encoded = parts.map(({ datatype, data }) => encodeElements(createTensor('t', datatype, [], data)));
    const { body, headers } = joinBody(json, encoded);
    const split = splitBody(body, headers[HEADER_LENGTH]);
    if (!split.ok) throw new Error('expected the body to split');
    expect(parseJson(split.value.json)).toEqual({ ok: true, value: JSON.parse(JSON.stringify(json)) });
    const reader = createReader(split.value.binary);
    for (const part of encoded)
      expect(Uint8Array.from(reader.take(part.byteLength) ?? [])).toEqual(Uint8Array.from(part));
    expect(reader.rest()).toBe(0);
  });
  fc.assert(property, RUNS);
});

it('flat and nested data of any shape, sizes of 0 included, read alike', () => {
  const shapes = fc.array(fc.nat(4), { minLength: 1, maxLength: 4 });
  const property = fc.property(shapes, (shape) => {
    let next = 0;
    const nest = ([size, ...inner]: readonly number[]): unknown =>
      size === undefined ? next++ : Array.from({ length: size }, () => nest(inner));
    const nested = nest(shape);
    const flat = Array.from({ length: next }, (_, i) => i);
    const tensor = { where: 't', datatype: 'FP32', shape, nullIsNan: false } as const;
    expect(readTensorData(nested, tensor)).toEqual({ ok: true, value: Float32Array.from(flat) });
    expect(readTensorData(flat, tensor)).toEqual({ ok: true, value: Float32Array.from(flat) });
  });
  fc.assert(property, RUNS);
});
