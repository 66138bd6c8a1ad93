/** A right request of each form that the server takes, to the models of the default build. */
import { deflateSync, gzipSync } from 'node:zlib';
import { HEADER_LENGTH } from '../../shared/http/binary-body.ts';
import { createTensor } from '../../shared/tensor.ts';
import type { Question } from './ask.ts';
import { binaryQuestion } from './binary.ts';
import { NAMED, ROW, randomRows } from './rows.ts';

const INFER = '/v2/models/auto-mpg/infer';
const DATA = Float32Array.from(ROW);
const X = createTensor('X', 'FP32', [1, 8], DATA);
const PENGUIN = [39.1, 18.7, null, 3750];

function json(path: string, body: object): Question {
  return { path, body: JSON.stringify(body) };
}

export type Coding = 'gzip' | 'deflate';

/** The same request with its body compressed. */
export function compressed({ path, headers, body = '' }: Question, coding: Coding): Question {
  const compress = coding === 'gzip' ? gzipSync : deflateSync;
  return { path, headers: { ...headers, 'content-encoding': coding }, body: compress(body) };
}

const PREDICT = json('/predict', { features: ROW });
const BINARY = binaryQuestion(INFER, [X]);

/** Those that have a body, each of some hundred bytes. */
export const WITH_BODY: readonly Question[] = [
  PREDICT,
  json('/models/penguins/predict', { instances: [PENGUIN, PENGUIN] }),
  json('/v1/models/auto-mpg:predict', { signature_name: null, instances: [ROW, NAMED] }),
  json(INFER, {
    id: 'a"ü',
    inputs: [{ name: 'X', shape: [1, 8], datatype: 'FP32', data: [ROW] }],
    outputs: [{ name: 'Y', parameters: { binary_data: false } }],
  }),
  BINARY,
  binaryQuestion('/v2/models/auto-mpg/versions/1/infer', [X], {}),
  { path: INFER, body: new Uint8Array(DATA.buffer), headers: { [HEADER_LENGTH]: '0' } },
  json('/v2/repository/index', { ready: true }),
  compressed(PREDICT, 'gzip'),
  compressed(BINARY, 'deflate'),
];

const GETS = [
  '/v2',
  '/v2/health/ready',
  '/v2/models/auto-mpg',
  '/v2/models/auto-mpg/config',
  '/v1/models',
  '/',
  '/docs',
];

/** All of them. */
export const RIGHT: readonly Question[] = [
  ...WITH_BODY,
  { ...json('/predict', { instances: randomRows(200, 3) }), headers: { 'accept-encoding': 'gzip' } },
  ...GETS.map((path) => ({ method: 'GET', path })),
];
