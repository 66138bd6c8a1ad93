/** `POST /v2/models/auto-mpg/infer`: every way in which a JSON request can be wrong. */
import { expect } from 'vitest';
import { MAX_ROWS } from '../../../shared/limits.ts';
import { DATATYPES } from '../../../shared/tensor.ts';
import { PREDICTION, ROW } from '../../support/rows.ts';
import { type Case, INPUT, LENGTH_HINT } from './case.ts';

const INFER = '/v2/models/auto-mpg/infer';

function infer(title: string, body: unknown, status: number, answer: unknown): Case {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { title: `infer: ${title}`, question: { path: INFER, body: text }, status, answer };
}

/** A request as short as can be, up to its data, which fills the largest body. */
const WIDE = `{"inputs":[{"name":"X","shape":[524253],"datatype":"FP64","data":[`;

export const TENSOR = { name: 'X', shape: [1, 8], datatype: 'FP32', data: ROW };

function withTensor(change: object): object {
  return { inputs: [{ ...TENSOR, ...change }] };
}

/** Optional members as null, as clients write them whose messages are classes. */
const NULLS = {
  id: null,
  parameters: null,
  inputs: [{ ...TENSOR, parameters: null }],
  outputs: [{ name: 'Y', parameters: { binary_data: null, classification: null } }],
};

const ANSWER = {
  model_name: 'auto-mpg',
  model_version: '1',
  parameters: { revision: expect.any(String) },
  outputs: [{ name: 'Y', datatype: 'FP32', shape: [1, 1], data: [PREDICTION] }],
};

export const INFER_CASES: readonly Case[] = [
  infer('null for optional members', NULLS, 200, ANSWER),
  infer(
    'null for parameters and outputs within',
    { ...NULLS, outputs: null, parameters: { binary_data_output: null } },
    200,
    ANSWER,
  ),
  infer(
    'a wish for classification',
    { inputs: [TENSOR], outputs: [{ name: 'Y', parameters: { classification: 2 } }] },
    400,
    'body, outputs.0.parameters.classification: expected no such member, as this server does not serve it, got 2',
  ),
  infer(
    'a wish for shared memory',
    { inputs: [{ ...TENSOR, data: undefined, parameters: { shared_memory_region: 'r' } }] },
    400,
    'body, inputs.0.parameters.shared_memory_region: expected no such member, as this server does not serve it, got the string "r"',
  ),
  infer(
    'binary data that are text, without the header for their length',
    `${JSON.stringify(withTensor({ data: undefined, parameters: { binary_data_size: 4 } }))}abcd`,
    400,
    expect.stringMatching(`^body: expected JSON, got text that is not JSON: .*; ${LENGTH_HINT}$`),
  ),

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
    'a datatype that is none',
    withTensor({ datatype: 'FP8' }),
    400,
    `input "X": expected a datatype of ${DATATYPES.join(', ')}, got "FP8"`,
  ),
  infer(
    "a datatype that is not the tensor's",
    withTensor({ datatype: 'INT64', data: [1, 2, 3, 4, 5, 6, 7, 8] }),
    400,
    `${INPUT}: expected datatype FP32, got INT64`,
  ),
  infer(
    'FP16 in JSON',
    withTensor({ datatype: 'FP16' }),
    400,
    'input "X": expected binary data, as JSON has no form for FP16, got an array of 8',
  ),
  infer(
    'a fraction as a whole number',
    withTensor({ datatype: 'INT32', data: [1, 2, 3, 4.5, 5, 6, 7, 8] }),
    400,
    'input "X": expected a whole number from -2147483648 to 2147483647 at element 3, got 4.5',
  ),
  infer(
    'a whole number of 64 bits that is out of range',
    `{"inputs":[{"name":"X","shape":[1],"datatype":"INT64","data":[9223372036854775808]}]}`,
    400,
    'input "X": expected a whole number of INT64, from -9223372036854775808 to 9223372036854775807, in digits at element 0, got 9223372036854775808',
  ),
  infer(
    'a whole number of 64 bits that a double has rounded',
    `{"inputs":[{"name":"X","shape":[1],"datatype":"UINT64","data":[9007199254740993.0]}]}`,
    400,
    'input "X": expected a whole number of UINT64, from 0 to 18446744073709551615, in digits at element 0, got 9007199254740992',
  ),
  infer(
    'a number as a truth value',
    withTensor({ datatype: 'BOOL' }),
    400,
    `input "X": expected true or false at element 0, got ${ROW[0]}`,
  ),
  infer(
    'half a character',
    withTensor({ datatype: 'BYTES', shape: [1], data: ['\ud800'] }),
    400,
    'input "X": expected a string of whole Unicode characters at element 0, got the string "\\ud800"',
  ),
  infer(
    'as many values as fit a body, which are four times as many bytes in binary',
    `${WIDE}${'1,'.repeat(524_252)}1]}]}`,
    400,
    `${INPUT}: expected datatype FP32, got FP64`,
  ),
  infer(
    'JSON too deep to be read exactly',
    `{"inputs":[{"name":"X","shape":[1],"datatype":"INT64","data":[1]}],"x":${'['.repeat(250_000)}${']'.repeat(250_000)}}`,
    400,
    'body: expected JSON of some levels, got JSON nested too deep',
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
  infer('no rows', withTensor({ shape: [0, 8], data: [] }), 200, {
    model_name: 'auto-mpg',
    model_version: '1',
    parameters: { revision: expect.any(String) },
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [0, 1], data: [] }],
  }),
  infer(
    'more rows than the limit',
    withTensor({ shape: [MAX_ROWS + 1, 8], data: new Array((MAX_ROWS + 1) * 8).fill(1) }),
    400,
    `${INPUT}: expected at most ${MAX_ROWS} rows, got ${MAX_ROWS + 1}`,
  ),
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
    'input "X": expected 32 bytes after the JSON, got 0 bytes',
  ),
  infer(
    'data and a binary size',
    withTensor({ parameters: { binary_data_size: 32 } }),
    400,
    'input "X": expected either "data" or "binary_data_size", got both',
  ),
];
