import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requestKey } from '../../shared/cache/request-key.ts';
import type { FoundModel } from '../../shared/http/catalog.ts';
import { encodeElements } from '../../shared/http/tensor-bytes.ts';
import { createTensor, DATATYPES, type Tensor, TYPED_ARRAYS } from '../../shared/tensor.ts';
import { CARD } from '../support/rows.ts';

interface Asked {
  readonly revision: string;
  readonly model: string;
  readonly version: string;
  readonly caller: string | undefined;
  readonly outputs: readonly string[];
  readonly inputs: readonly Tensor[];
}

const keyOf = ({ revision, model, version, caller, ...asked }: Asked) => {
  const card = { ...CARD, name: model, version };
  const found: FoundModel = { card, ready: true, reason: '', catalog: { revision, models: [] } };
  return requestKey(found, asked, caller);
};

/** All that is asked, in a form that is equal for the same bits alone. */
const bitsOf = ({ inputs, ...asked }: Asked) => {
  const tensors = inputs.map((tensor) => {
    const { name, datatype, shape, data } = tensor;
    return [name, datatype, shape, datatype === 'BYTES' ? data : [...encodeElements(tensor)]];
  });
  return JSON.stringify([asked.revision, asked.model, asked.version, asked.caller ?? null, asked.outputs, tensors]);
};

/** Few characters, among them those that a key has between its parts, so that texts often meet. */
const text = fc.string({ unit: fc.constantFrom('1', ':', ';', '-', '[', 'é', '\u2028'), maxLength: 4 });
const tensor = fc
  .record({
    name: text,
    datatype: fc.constantFrom(...DATATYPES),
    shape: fc.array(fc.nat(2), { maxLength: 3 }),
    texts: fc.array(text, { maxLength: 2 }),
    bytes: fc.array(fc.constantFrom(0, 0x31, 0x3a, 0x80), { maxLength: 16 }),
  })
  .map(({ name, datatype, shape, texts, bytes }) => {
    if (datatype === 'BYTES') return createTensor(name, datatype, shape, texts);
    const whole = bytes.length - (bytes.length % TYPED_ARRAYS[datatype].BYTES_PER_ELEMENT);
    return createTensor(
      name,
      datatype,
      shape,
      new TYPED_ARRAYS[datatype](Uint8Array.from(bytes.slice(0, whole)).buffer),
    );
  });
const asked = fc.record({
  revision: text,
  model: text,
  version: text,
  caller: fc.option(text, { nil: undefined }),
  outputs: fc.array(text, { maxLength: 2 }),
  inputs: fc.array(tensor, { maxLength: 2 }),
});

it('is the same for requests of the same bits and for no others', () => {
  const seen = new Map<string, string>();
  const property = fc.property(asked, (request) => {
    const [key, bits] = [keyOf(request), bitsOf(request)];
    expect(seen.get(key) ?? bits).toBe(bits);
    expect(keyOf(structuredClone(request))).toBe(key);
    seen.set(key, bits);
  });
  fc.assert(property, { numRuns: 20_000 });
  expect(new Set(seen.values()).size).toBe(seen.size);
});

const X: Asked = { revision: 'r', model: 'm', version: '1', caller: undefined, outputs: [], inputs: [] };
const keyOfData = (data: Float32Array) => keyOf({ ...X, inputs: [createTensor('X', 'FP32', [1], data)] });

it('differs with each part alone', () => {
  const bits = new ArrayBuffer(4);
  const inputs = [createTensor('X', 'FP32', [1], new Float32Array(bits))];
  const of = (tensor: Tensor) => ({ ...X, inputs: [tensor] });
  const others: readonly Asked[] = [
    X,
    { ...X, inputs },
    { ...X, inputs: [...inputs, ...inputs] },
    { ...X, inputs, outputs: ['Y'] },
    { ...X, inputs, caller: 'a' },
    of(createTensor('Y', 'FP32', [1], new Float32Array(bits))),
    of(createTensor('X', 'INT32', [1], new Int32Array(bits))),
    of(createTensor('X', 'FP32', [], new Float32Array(bits))),
    of(createTensor('X', 'FP32', [1, 1], new Float32Array(bits))),
    of(createTensor('X', 'BYTES', [1], ['\0\0\0\0'])),
    of(createTensor('X', 'BYTES', [2], ['\0\0', '\0\0'])),
  ];
  expect(new Set(others.map(keyOf)).size).toBe(others.length);
});

it('tells zeros of either sign and NaN of another payload apart', () => {
  const nan = (bits: number) => new Float32Array(Uint32Array.of(bits).buffer);
  const keys = [Float32Array.of(0), Float32Array.of(-0), nan(0x7fc0_0000), nan(0x7fc0_0001), nan(0xffc0_0000)];
  expect(new Set(keys.map(keyOfData)).size).toBe(keys.length);
});

it('is of the elements alone, wherever they lie', () => {
  const elements = Float32Array.from({ length: 5_000 }, (_, i) => i);
  const within = Float32Array.of(7, ...elements, 7).subarray(1, -1);
  expect(keyOfData(within)).toBe(keyOfData(elements));
  expect(keyOfData(within.map((value, i) => (i === 4_999 ? -value : value)))).not.toBe(keyOfData(elements));
});

it('of a request that names no outputs is that of one that names all', () => {
  const found: FoundModel = { card: CARD, ready: true, reason: '', catalog: { revision: 'r', models: [] } };
  const outputs = CARD.outputs.map(({ name }) => name);
  expect(requestKey(found, { inputs: [] }, 'a')).toBe(requestKey(found, { inputs: [], outputs }, 'a'));
});
