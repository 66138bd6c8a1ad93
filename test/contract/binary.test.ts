/** Inference by the Open Inference Protocol v2, with JSON and binary tensors, on every deployment. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { ask } from '../support/ask.ts';
import { GOLDEN, PREDICTION, ROW } from '../support/rows.ts';
import { DEPLOYMENTS } from '../support/topology.ts';

const PATH = '/v2/models/auto-mpg/infer';
const LENGTH = 'inference-header-content-length';

/** A binary body: the JSON, then the rows as little-endian FP32, then `extra` bytes. */
function binary(json: object, rows: readonly (readonly number[])[], extra = 0) {
  const header = Buffer.from(JSON.stringify(json));
  const data = Buffer.from(Float32Array.from(rows.flat()).buffer);
  const body = Uint8Array.from(Buffer.concat([header, data, Buffer.alloc(extra)]));
  return { path: PATH, body, headers: { [LENGTH]: String(header.length) } };
}

function tensor(rows: number, bytes: number) {
  return { name: 'X', shape: [rows, 8], datatype: 'FP32', parameters: { binary_data_size: bytes } };
}

/** Cuts a binary answer into its JSON and its floats. */
function cut(text: string, headers: Readonly<Record<string, string>>) {
  const bytes = Buffer.from(text, 'latin1');
  const length = Number(headers[LENGTH]);
  const data = Uint8Array.from(bytes.subarray(length));
  return { json: JSON.parse(bytes.subarray(0, length).toString()), floats: [...new Float32Array(data.buffer)] };
}

describe.each(DEPLOYMENTS)('%s infers', (topology) => {
  let arm: RunningArm;
  beforeAll(async () => {
    arm = await startArm(topology);
  });
  afterAll(() => arm.stop());

  it.each([
    ['flat', ROW],
    ['nested', [ROW]],
  ])('from %s JSON data, echoing the id', async (_, data) => {
    const body = JSON.stringify({ id: 'a1', inputs: [{ name: 'X', shape: [1, 8], datatype: 'FP32', data }] });
    const got = await ask(arm.url, { path: PATH, body });
    expect(JSON.parse(got.text)).toEqual({
      model_name: 'auto-mpg',
      model_version: '1',
      id: 'a1',
      parameters: { revision: expect.stringMatching(/^[0-9a-f]{16}$/) },
      outputs: [{ name: 'Y', datatype: 'FP32', shape: [1, 1], data: [PREDICTION] }],
    });
  });

  it('from binary data to JSON, under the versioned path', async () => {
    const question = binary({ inputs: [tensor(64, 64 * 32)] }, GOLDEN.inputs);
    const got = await ask(arm.url, { ...question, path: '/v2/models/auto-mpg/versions/1/infer' });
    expect(JSON.parse(got.text).outputs[0].data).toEqual(GOLDEN.outputs);
  });

  it.each([
    ['by the request', { parameters: { binary_data_output: true } }],
    ['by the output', { outputs: [{ name: 'Y', parameters: { binary_data: true } }] }],
  ])('to binary data, asked for %s', async (_, wish) => {
    const got = await ask(arm.url, binary({ inputs: [tensor(64, 64 * 32)], ...wish }, GOLDEN.inputs));
    expect(got.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
    });
    const { json, floats } = cut(got.text, got.headers);
    expect(json.outputs).toEqual([
      { name: 'Y', datatype: 'FP32', shape: [64, 1], parameters: { binary_data_size: 256 } },
    ]);
    expect(floats).toEqual(GOLDEN.outputs);
  });

  it("lets an output's wish win over the request's", async () => {
    const wish = {
      parameters: { binary_data_output: true },
      outputs: [{ name: 'Y', parameters: { binary_data: false } }],
    };
    const got = await ask(arm.url, binary({ inputs: [tensor(1, 32)], ...wish }, [ROW]));
    expect(JSON.parse(got.text).outputs[0].data).toEqual([PREDICTION]);
  });

  it('carries infinity in binary, which JSON cannot', async () => {
    const row = ROW.map(() => 3e38);
    const wish = { parameters: { binary_data_output: true } };
    const got = await ask(arm.url, binary({ inputs: [tensor(1, 32)], ...wish }, [row]));
    expect(cut(got.text, got.headers).floats).toEqual([Number.POSITIVE_INFINITY]);
  });

  it.each([
    [
      'bytes that no tensor takes',
      binary({ inputs: [tensor(1, 32)] }, [ROW], 3),
      'body: expected no bytes after the last binary tensor, got 3 more',
    ],
    [
      'too few bytes',
      binary({ inputs: [tensor(2, 64)] }, [ROW]),
      'input "X": expected 64 bytes after the JSON, got 32 bytes',
    ],
    [
      'a size that is no multiple of 4',
      binary({ inputs: [tensor(1, 31)] }, [ROW]),
      'input "X": expected a multiple of 4 bytes, got 31 bytes',
    ],
    [
      'a size that is not the shape',
      binary({ inputs: [tensor(2, 32)] }, [ROW]),
      'model "auto-mpg", input "X": expected 16 elements for shape [2,8], got 8',
    ],
    [
      'NaN',
      binary({ inputs: [tensor(1, 32)] }, [ROW.map(() => Number.NaN)]),
      'model "auto-mpg", input "X": expected numbers, got NaN at element 0',
    ],
    [
      'a header length past the body',
      { path: PATH, body: '{}', headers: { [LENGTH]: '99' } },
      'header Inference-Header-Content-Length: expected 0 to 2, the bytes of the body, got "99"',
    ],
    [
      'a negative header length',
      { path: PATH, body: '{}', headers: { [LENGTH]: '-1' } },
      'header Inference-Header-Content-Length: expected 0 to 2, the bytes of the body, got "-1"',
    ],
    [
      'an absurd header length',
      { path: PATH, body: '{}', headers: { [LENGTH]: '9'.repeat(400) } },
      `header Inference-Header-Content-Length: expected 0 to 2, the bytes of the body, got "${'9'.repeat(60)}..."`,
    ],
  ])('refuses %s', async (_, question, error) => {
    const got = await ask(arm.url, question);
    expect({ status: got.status, body: JSON.parse(got.text) }).toEqual({ status: 400, body: { error } });
  });
});
