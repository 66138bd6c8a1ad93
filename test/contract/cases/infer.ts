/** `POST /v2/models/auto-mpg/infer`: every way in which a JSON request can be wrong. */
import { MAX_ROWS } from '../../../shared/limits.ts';
import { ROW } from '../../support/rows.ts';
import { type Case, INPUT } from './case.ts';

const INFER = '/v2/models/auto-mpg/infer';

function infer(title: string, body: unknown, status: number, answer: unknown): Case {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { title: `infer: ${title}`, question: { path: INFER, body: text }, status, answer };
}

export const TENSOR = { name: 'X', shape: [1, 8], datatype: 'FP32', data: ROW };

function withTensor(change: object): object {
  return { inputs: [{ ...TENSOR, ...change }] };
}

export const INFER_CASES: readonly Case[] = [
  infer('no inputs', {}, 400, 'body, inputs: expected a value, got nothing'),
  infer(
    'an empty list of inputs',
    { inputs: [] },
    400,
    'model "auto-mpg", inputs: expected each input once at most, of "X", got none',
  ),
  infer('no shape', withTensor({ shape: undefined }), 400, 'body, inputs.0.shape: expected a value, got nothing'),
  infer(
    'a negative size',
    withTensor({ shape: [-1, 8] }),
    400,
    'body, inputs.0.shape.0: expected a number of 0 or more, got -1',
  ),
  infer(
    'a size past 2^53',
    withTensor({ shape: [2 ** 60, 8] }),
    400,
    `body, inputs.0.shape.0: expected a whole number that a double holds exactly, got ${2 ** 60}`,
  ),
  infer(
    'a datatype that is not carried',
    withTensor({ datatype: 'INT64' }),
    400,
    'input "X": expected datatype FP32, got "INT64"',
  ),
  infer(
    'an unknown tensor',
    withTensor({ name: 'Z' }),
    400,
    'model "auto-mpg", inputs: expected each input once at most, of "X", got "Z"',
  ),
  infer(
    'a tensor twice',
    { inputs: [TENSOR, TENSOR] },
    400,
    'model "auto-mpg", inputs: expected each input once at most, of "X", got "X" twice',
  ),
  infer(
    'another width',
    withTensor({ shape: [1, 7], data: ROW.slice(1) }),
    400,
    `${INPUT}: expected shape [-1,8] (-1 varies), got [1,7]`,
  ),
  infer('another rank', withTensor({ shape: [8] }), 400, `${INPUT}: expected shape [-1,8] (-1 varies), got [8]`),
  infer(
    'too many dimensions',
    withTensor({ shape: new Array(17).fill(1), data: [1] }),
    400,
    'input "X": expected at most 16 dimensions, got 17',
  ),
  infer('no rows', withTensor({ shape: [0, 8], data: [] }), 400, `${INPUT}: expected 1 to ${MAX_ROWS} rows, got 0`),
  infer(
    'too few values',
    withTensor({ data: [1, 2] }),
    400,
    'input "X": expected 8 values at element 0, got an array of 2',
  ),
  infer(
    'a claimed shape without its data',
    withTensor({ shape: [2 ** 40, 2 ** 12], data: [1] }),
    400,
    `input "X": expected ${2 ** 52} values at element 0, got an array of 1`,
  ),
  infer(
    'a null among the values',
    withTensor({ data: [null, ...ROW.slice(1)] }),
    400,
    'input "X": expected a finite FP32 number at element 0, got null',
  ),
  infer(
    'nesting that is not the shape',
    withTensor({ data: [[1], [2]] }),
    400,
    'input "X": expected 1 values at element 0, got an array of 2',
  ),
  infer(
    'nesting too deep',
    withTensor({ data: [[ROW]] }),
    400,
    'input "X": expected 8 values at element 0, got an array of 1',
  ),
  infer('no data', withTensor({ data: undefined }), 400, 'input "X": expected an array as "data", got nothing'),
  infer(
    'an unknown output',
    { inputs: [TENSOR], outputs: [{ name: 'Q' }] },
    400,
    'model "auto-mpg", outputs: expected each output once at most, of "Y", got "Q"',
  ),
  infer(
    'a binary size without binary data',
    withTensor({ data: undefined, parameters: { binary_data_size: 32 } }),
    400,
    'input "X": expected 32 bytes after the JSON, a multiple of 4, got 0 bytes',
  ),
  infer(
    'data and a binary size',
    withTensor({ parameters: { binary_data_size: 32 } }),
    400,
    'input "X": expected either "data" or "binary_data_size", got both',
  ),
];
