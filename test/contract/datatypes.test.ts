/** Every datatype, scalars, empty tensors and labels through every deployment, by models made for it. */
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startPrograms } from '../../bench/arms/start-arm.ts';
import { createClient } from '../../shared/client.ts';
import { encodeElements } from '../../shared/http/tensor-bytes.ts';
import { createTensor, DATATYPES, type Datatype, type Tensor, TYPED_ARRAYS } from '../../shared/tensor.ts';
import { type Answer, ask, type Question } from '../support/ask.ts';
import { binaryQuestion, cut, joined } from '../support/binary.ts';
import { violations } from '../support/protocol-schema.ts';
import { buildTestModels, FIRST_CLASS, TEST_MODEL_NAMES } from '../support/test-models.ts';
import { DEPLOYMENTS } from '../support/topology.ts';
import { EVERY, emptyTensor, SCALARS, scalars, TEST_MODEL_CASES } from './cases/test-models.ts';
import { VERSION_CASES } from './cases/versions.ts';

let root: string;
const running: RunningArm[] = [];
beforeAll(async () => {
  root = await buildTestModels();
  // One after another: on a busy machine the start of them all at once takes longer than one is waited for.
  for (const topology of DEPLOYMENTS) running.push(await startPrograms(topology, 0, root));
});
afterAll(async () => {
  await Promise.all(running.map((topology) => topology.stop()));
  rmSync(root, { recursive: true, force: true });
});

/** Asks every deployment and returns the one answer that they agree on. */
async function askAll(question: Question): Promise<Answer> {
  const [first, ...others] = await Promise.all(running.map(({ url }) => ask(url, question)));
  if (first === undefined) throw new Error('expected deployments to ask');
  for (const other of others) expect(other).toEqual(first);
  return first;
}

/** The body's text, read as UTF-8. */
function textOf({ text }: Answer): string {
  return Buffer.from(text, 'latin1').toString();
}

const SHAPE = [2, 3];

/** A tensor of any bits. */
function drawTensor(datatype: Datatype, shape: readonly number[]): fc.Arbitrary<Tensor> {
  const count = shape.reduce((product, size) => product * size, 1);
  const length = { minLength: count, maxLength: count };
  const create = (data: unknown) => createTensor(`in_${datatype}`, datatype, shape, data);
  // NUL is refused, and the stock runtime drops a byte order mark that opens a text.
  const text = fc.string({ unit: 'binary' }).map((drawn) => drawn.replaceAll(/[\0\uFEFF]/g, '-'));
  if (datatype === 'BYTES') return fc.array(text, length).map(create);
  if (datatype === 'BOOL') return fc.array(fc.nat(1), length).map((bits) => create(Uint8Array.from(bits)));
  const TypedArray: new (buffer: ArrayBuffer) => unknown = TYPED_ARRAYS[datatype];
  const bytes = count * TYPED_ARRAYS[datatype].BYTES_PER_ELEMENT;
  const drawn = fc.uint8Array({ minLength: bytes, maxLength: bytes });
  return drawn.map((array) => create(new TypedArray(Uint8Array.from(array).buffer)));
}

function drawAll(shape: readonly number[]): fc.Arbitrary<Tensor[]> {
  return fc.tuple(...DATATYPES.map((datatype) => drawTensor(datatype, shape)));
}

it('every deployment serves every test model', async () => {
  for (const { url } of running) {
    expect((await ask(url, { method: 'GET', path: '/v2/health/ready' })).text).toBe('{"ready":true}');
  }
  const { text } = await askAll({ path: '/v2/repository/index', body: '{}' });
  const entries = JSON.parse(text).map(({ name, version }: Record<string, string>) => `${name} ${version}`);
  const others = TEST_MODEL_NAMES.filter((name) => name !== 'grown').map((name) => `${name} 1`);
  expect(entries).toEqual([...others, 'grown 2', 'grown 1', 'grown 10']);
});

describe('every deployment', () => {
  it.each([...TEST_MODEL_CASES, ...VERSION_CASES].map((item) => [item.title, item] as const))(
    '%s',
    async (_, { question, status, answer }) => {
      const got = await askAll(question);
      const expected = status === 200 ? answer : { error: answer };
      expect({ status: got.status, body: JSON.parse(textOf(got)) }).toEqual({ status, body: expected });
      expect(violations(question, got)).toBe('');
    },
  );

  it('gives whole numbers beyond 2^53 exactly', async () => {
    const classes = JSON.stringify({
      instances: [
        [2, 1],
        [1, 2],
      ],
    });
    const predicted = await askAll({ path: '/models/classes/predict', body: classes });
    expect(predicted.text).toBe(`{"predictions":[${FIRST_CLASS},${FIRST_CLASS + 1n}]}`);
  });
});

describe('every datatype', () => {
  it('comes back in binary bit for bit, NaN and all', async () => {
    const property = fc.asyncProperty(drawAll(SHAPE), async (tensors) => {
      const { json, binary } = cut(await askAll(binaryQuestion(EVERY, tensors)));
      expect(json.outputs).toEqual(
        tensors.map((tensor) => ({
          name: tensor.name.replace('in_', 'out_'),
          datatype: tensor.datatype,
          shape: SHAPE,
          parameters: { binary_data_size: encodeElements(tensor).byteLength },
        })),
      );
      expect(binary.equals(Buffer.concat(tensors.map(encodeElements)))).toBe(true);
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it('comes back through the client, by name', async () => {
    const property = fc.asyncProperty(drawAll(SHAPE), async (tensors) => {
      const sent = Object.fromEntries(tensors.map(({ name, ...value }) => [name, value]));
      const expected = Object.fromEntries(tensors.map(({ name, ...value }) => [name.replace('in_', 'out_'), value]));
      for (const { url } of running) {
        expect((await createClient(url).infer('every-type', sent)).outputs).toEqual(expected);
      }
    });
    await fc.assert(property, { numRuns: 10 });
  });

  it.each(['binary', 'json'] as const)('of scalars comes back through the client as %s', async (encoding) => {
    const n = { datatype: 'INT64', shape: [], data: BigInt64Array.of(2n ** 53n) } as const;
    const text = { datatype: 'BYTES', shape: [], data: ['Grüße 🐧'] } as const;
    for (const { url } of running) {
      const { outputs } = await createClient(url).infer('scalars', { n, text }, { encoding });
      expect(outputs).toEqual({ next: { ...n, data: BigInt64Array.of(2n ** 53n + 1n) }, same: text });
    }
  });

  it.each([[[0, 3]], [[2, 0]], [[0, 0]], [[0, 2 ** 31 - 1]]])('comes back with the shape %j', async (shape) => {
    const empty = DATATYPES.map((datatype) => ({ ...emptyTensor(datatype), shape }));
    const { json, binary } = cut(await askAll(binaryQuestion(EVERY, empty)));
    expect(json.outputs.map((output: Tensor) => output.shape)).toEqual(empty.map(() => shape));
    expect(binary.byteLength).toBe(0);
  });

  it.each([
    ['BOOL', '[true,false]', '[true,false]'],
    ['UINT8', '[0,255]', '[0,255]'],
    ['UINT16', '[[0,65535]]', '[0,65535]'],
    ['UINT32', '[0,4294967295]', '[0,4294967295]'],
    ['UINT64', '[0,18446744073709551615]', '[0,18446744073709551615]'],
    ['INT8', '[-128,127.0]', '[-128,127]'],
    ['INT16', '[-32768,32767]', '[-32768,32767]'],
    ['INT32', '[-2147483648,2147483647]', '[-2147483648,2147483647]'],
    ['INT64', '[[-9223372036854775808,9007199254740993]]', '[-9223372036854775808,9007199254740993]'],
    ['FP32', '[0.1,3e38]', '[0.10000000149011612,3.0000000054977558e+38]'],
    ['FP64', '[0.1,1e308]', '[0.1,1e+308]'],
    ['BYTES', '["","Gr\\u00fc\\u00dfe, 世界 🐧 \\"\\n"]', '["","Grüße, 世界 🐧 \\"\\n"]'],
  ] as const)('comes back in JSON: %s', async (datatype, data, expected) => {
    const others = DATATYPES.filter((other) => other !== datatype).map(emptyTensor);
    const { body = '', headers = {} } = binaryQuestion(EVERY, others, { outputs: [{ name: `out_${datatype}` }] });
    const tensor = `{"name":"in_${datatype}","datatype":"${datatype}","shape":[1,2],"data":${data}}`;
    const text = Buffer.from(body).toString().replace('"inputs":[', `"inputs":[${tensor},`);
    const length = { 'Inference-Header-Content-Length': String(Buffer.byteLength(text)) };
    const answer = await askAll({ path: EVERY, body: text, headers: { ...headers, ...length } });
    expect(textOf(answer)).toContain(`"data":${expected}}]`);
  });
});

describe('scalars', () => {
  it.each([
    ['as arrays of one', '[9007199254740992]', '["a"]'],
    ['as they are', '9007199254740992', '"a"'],
  ])('come %s and are exact beyond 2^53', async (_, n, text) => {
    const answer = await askAll(scalars(n, text));
    expect(answer.text).toContain('{"name":"next","datatype":"INT64","shape":[],"data":[9007199254740993]}');
    expect(answer.text).toContain('{"name":"same","datatype":"BYTES","shape":[],"data":["a"]}');
  });

  it('are little-endian in binary, texts with their length before them', async () => {
    const inputs = [
      { name: 'n', datatype: 'INT64', shape: [], parameters: { binary_data_size: 8 } },
      { name: 'text', datatype: 'BYTES', shape: [], parameters: { binary_data_size: 6 } },
    ];
    const json = { inputs, parameters: { binary_data_output: true } };
    const data = Buffer.from('ff0100000000000002000000c3a9', 'hex');
    const { binary } = cut(await askAll(joined(SCALARS, json, [data])));
    expect(binary.toString('hex')).toBe('000200000000000002000000c3a9');
  });
});

describe('a raw body', () => {
  const raw = (path: string, body: Uint8Array) =>
    askAll({ path: `/v2/models/${path}/infer`, body, headers: { 'inference-header-content-length': '0' } });

  it.each([
    ['rows, as many as the bytes are', 'grown', Float32Array.of(1, 2, 3, 4), [2, 2]],
    ['rows of the version that is asked for', 'grown/versions/2', Float32Array.of(5, 6), [1, 2]],
  ])('is %s', async (_, path, data, shape) => {
    const bytes = new Uint8Array(data.buffer);
    const { json, binary } = cut(await raw(path, bytes));
    expect(json.outputs).toEqual([
      { name: 'Y', datatype: 'FP32', shape, parameters: { binary_data_size: bytes.byteLength } },
    ]);
    expect(binary.equals(bytes)).toBe(true);
  });

  it.each(['Grüße', ''])('is the one text %j', async (text) => {
    const { json, binary } = cut(await raw('echo', Buffer.from(text)));
    expect(json.outputs[0]).toMatchObject({ datatype: 'BYTES', shape: [1] });
    expect([binary.readUInt32LE(), binary.subarray(4).toString()]).toEqual([Buffer.byteLength(text), text]);
  });

  it.each([
    [
      'bytes of no whole row',
      'grown',
      4,
      'model "grown", input "X": expected a multiple of 8 bytes, as the body has no JSON, got 4 bytes',
    ],
    [
      'no bytes, as of a body that was lost',
      'grown',
      0,
      'model "grown", input "X": expected a multiple of 8 bytes, as the body has no JSON, got 0 bytes',
    ],
    ['a model of two inputs', 'scalars', 8, 'model "scalars": expected one input, as the body has no JSON, got 2'],
    ['a model that is not there', 'none', 8, expect.stringMatching(/^model: expected .*, got "none"$/)],
  ])('is refused: %s', async (_, path, bytes, error) => {
    expect(JSON.parse(textOf(await raw(path, new Uint8Array(bytes))))).toEqual({ error });
  });
});
