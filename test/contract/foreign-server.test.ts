/** A gateway over a server of another make: its outputs are held against its own metadata, and what is no v2 is 502. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startWorkerd, type WorkerdProcess } from '../../bench/arms/workerd.ts';
import { ask } from '../support/ask.ts';

const METADATA = {
  name: 'm',
  platform: null,
  inputs: [{ name: 'A', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [
    { name: 'B', datatype: 'FP32', shape: [-1, 1] },
    { name: 'C', datatype: 'INT64', shape: [-1] },
  ],
};
const B = { name: 'B', datatype: 'FP32', shape: [1, 1], data: [5] };
const C = { name: 'C', datatype: 'INT64', shape: [1], data: [7] };
const INPUT = { name: 'A', shape: [1, 2], datatype: 'FP32', data: [1, 2] };
const HTML = '<!DOCTYPE html><title>Welcome</title>';

/** What the server answers to each path; `metadata` may change between requests. */
let metadata: unknown;
let answer: unknown;
let status: number;
let retryAfter: string | undefined;
let server: Server;
let gateway: WorkerdProcess;
beforeEach(async () => {
  metadata = METADATA;
  status = 200;
  retryAfter = undefined;
  server = createServer((request, response) => {
    const isInfer = request.url?.endsWith('/infer');
    const body = isInfer ? answer : request.url === '/v2/models/m' ? metadata : [{ name: 'm', version: null }];
    response.writeHead(isInfer ? status : 200, retryAfter === undefined ? {} : { 'Retry-After': retryAfter });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const vars = { PREDICTOR_TRANSPORT: 'http', PREDICTOR_URL: `http://127.0.0.1:${port}` };
  gateway = await startWorkerd([{ worker: 'gateway', vars }]);
});
afterEach(async () => {
  await gateway.stop();
  server.close();
});

/** Status and outputs, or error, of an inference. */
async function inferred(outputs?: readonly string[]) {
  const body = { inputs: [INPUT], outputs: outputs?.map((name) => ({ name })) };
  const got = await ask(gateway.url, { path: '/v2/models/m/infer', body: JSON.stringify(body) });
  const { outputs: given, error } = JSON.parse(got.text);
  return { status: got.status, answer: error ?? given };
}

const misfit = (got: string) => ({
  status: 502,
  answer: `predictor: expected an answer of the Open Inference Protocol v2, got one with ${got}`,
});

it('answers with what was asked for, in that order, and null for absent members', async () => {
  answer = {
    model_name: 'm',
    id: null,
    parameters: null,
    outputs: [{ ...C, parameters: null }, B, { ...B, name: 'D' }],
  };
  expect(await inferred()).toEqual({ status: 200, answer: [B, C] });
  expect(await inferred(['C', 'B'])).toEqual({ status: 200, answer: [C, B] });
  expect(await inferred(['C'])).toEqual({ status: 200, answer: [C] });
});

it.each([
  ['an output of another name', [{ ...B, name: 'D' }, C], 'no output "B"'],
  [
    'another datatype',
    [{ ...B, datatype: 'FP64' }, C],
    'output "B" of FP64 [1,1], of which the metadata say FP32 [-1,1]',
  ],
  ['another rank', [{ ...B, shape: [1] }, C], 'output "B" of FP32 [1], of which the metadata say FP32 [-1,1]'],
  [
    'another size',
    [{ ...B, shape: [1, 2], data: [1, 2] }, C],
    'output "B" of FP32 [1,2], of which the metadata say FP32 [-1,1]',
  ],
  ['sizes below zero', [{ ...B, shape: [-1, -1] }, C], 'outputs.0.shape.0 that does not fit the protocol'],
  ['less data than its shape', [{ ...B, shape: [2, 1] }, C], 'output "B" without the data of its shape'],
])('answers 502 for %s', async (_, outputs, got) => {
  answer = { model_name: 'm', outputs };
  expect(await inferred()).toEqual(misfit(got));
});

it.each([
  ['html', HTML, 200, 'a body that does not fit the protocol'],
  ['html as an error', HTML, 404, 'status 404 without an error text'],
  ['JSON of another kind', { detail: 'x' }, 200, 'outputs that does not fit the protocol'],
  ['nothing', '', 200, 'a body that does not fit the protocol'],
])('answers 502 for %s', async (_, body, code, got) => {
  answer = body;
  status = code;
  expect(await inferred()).toEqual(misfit(got));
});

it('answers 502 where metadata are html, and takes new ones as they come', async () => {
  answer = { model_name: 'm', outputs: [B, C] };
  metadata = HTML;
  expect(await inferred()).toEqual(misfit('a body that does not fit the protocol'));
  const predict = { path: '/models/m/predict', body: '{"features":[1,2]}' };
  expect((await ask(gateway.url, predict)).status).toBe(502);
  metadata = METADATA;
  expect((await inferred()).status).toBe(200);
  answer = { model_name: 'm', outputs: [{ ...B, shape: [1] }] };
  metadata = { ...METADATA, outputs: [{ ...METADATA.outputs[0], shape: [-1] }] };
  expect(await inferred()).toEqual({ status: 200, answer: [{ ...B, shape: [1] }] });
});

it.each([
  [429, '7', '7'],
  [503, 'Fri, 31 Dec 1999 23:59:59 GMT', 'Fri, 31 Dec 1999 23:59:59 GMT'],
  [503, undefined, '1'],
  [500, undefined, undefined],
])('passes on %i and its Retry-After %s', async (code, given, passed) => {
  [answer, status, retryAfter] = [{ error: 'later' }, code, given];
  const got = await ask(gateway.url, { path: '/v2/models/m/infer', body: JSON.stringify({ inputs: [INPUT] }) });
  expect([got.status, got.text, got.headers['retry-after']]).toEqual([code, '{"error":"later"}', passed]);
});
