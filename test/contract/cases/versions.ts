/** Requests to a model with three versions, of which one is the default and two have labels. */
import { expect } from 'vitest';
import type { Case } from './case.ts';

const KNOWN = 'expected version "2" or "1" or "10" or "stable" or "old" or "canary"';

const TENSOR = { name: 'X', datatype: 'FP32', shape: [1, 2], data: [0, 2] };
const COUNT = { name: 'n', datatype: 'INT64', shape: [1], data: [7] };

function infer(part: string, input: object, status: number, answer: unknown): Case {
  const question = { path: `/v2/models/grown${part}/infer`, body: JSON.stringify({ inputs: [input] }) };
  return { title: `infers with grown${part}`, question, status, answer };
}

function get(part: string, status: number, answer: unknown): Case {
  return { title: `GET grown${part}`, question: { method: 'GET', path: `/v2/models/grown${part}` }, status, answer };
}

function answered(version: string, output: object): unknown {
  const parameters = { revision: expect.any(String) };
  return { model_name: 'grown', model_version: version, parameters, outputs: [expect.objectContaining(output)] };
}

const FIRST = answered('1', { name: 'Y', data: [0, -2] });
const SECOND = answered('2', { name: 'Y', data: [0, 2] });
const CANARY = answered('10', { name: 'm', datatype: 'INT64', data: [-7] });

function metadata(version: string, input: object): unknown {
  return expect.objectContaining({
    name: 'grown',
    versions: ['1', '2', '10'],
    inputs: [input],
    properties: expect.objectContaining({ card: expect.stringContaining(`"version":"${version}"`) }),
  });
}

const TABLE = { name: 'X', datatype: 'FP32', shape: [-1, 2] };

export const VERSION_CASES: readonly Case[] = [
  infer('', TENSOR, 200, SECOND),
  infer('/versions/1', TENSOR, 200, FIRST),
  infer('/versions/old', TENSOR, 200, FIRST),
  infer('/versions/2', TENSOR, 200, SECOND),
  infer('/versions/stable', TENSOR, 200, SECOND),
  infer('/versions/10', COUNT, 200, CANARY),
  infer('/versions/canary', COUNT, 200, CANARY),
  infer('/versions/canary', TENSOR, 400, 'model "grown", inputs: expected each input once at most, of "n", got "X"'),
  infer('/versions/3', TENSOR, 404, `model "grown": ${KNOWN}, got "3"`),
  infer('/versions/__proto__', TENSOR, 404, `model "grown": ${KNOWN}, got "__proto__"`),
  get('', 200, metadata('2', TABLE)),
  get('/versions/1', 200, metadata('1', TABLE)),
  get('/versions/canary', 200, metadata('10', { name: 'n', datatype: 'INT64', shape: [-1] })),
  get('/versions/3', 404, `model "grown": ${KNOWN}, got "3"`),
  ...['', '/versions/1', '/versions/2', '/versions/10', '/versions/canary'].map((part) =>
    get(`${part}/ready`, 200, { name: 'grown', ready: true }),
  ),
  get('/versions/3/ready', 404, `model "grown": ${KNOWN}, got "3"`),
  {
    title: 'predicts with the default version, and asks its card',
    question: { path: '/models/grown/predict', body: '{"instances":[[0,2],[3,1]]}' },
    status: 200,
    answer: { predictions: [0, 3] },
  },
];
