/** Requests and their exact answers, the same from every deployment. */
import { MAX_BODY_BYTES, MAX_ROWS } from '../../shared/limits.ts';
import type { Question } from '../support/ask.ts';
import { CARD, PREDICTION, ROW } from '../support/rows.ts';

export interface Case {
  readonly title: string;
  readonly question: Question;
  readonly status: number;
  /** The answer's JSON, or for errors the text of `error`. */
  readonly answer: unknown;
}

const NAMES = (CARD.inputs[0]?.features ?? []).map((feature) => feature.name);
const FEATURES = `8 features (${NAMES.join(', ')})`;
const NAMED = Object.fromEntries(NAMES.map((name, i) => [name, ROW[i]]));
const X = 'model "auto-mpg", input "X"';
const INFER = '/v2/models/auto-mpg/infer';

function predict(title: string, body: unknown, status: number, answer: unknown): Case {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { title: `POST /predict: ${title}`, question: { path: '/predict', body: text }, status, answer };
}

function withValue(column: number, json: string): string {
  const values = ROW.map((value, i) => (i === column ? json : JSON.stringify(value)));
  return `{"features":[${values.join(',')}]}`;
}

const PREDICT_CASES: readonly Case[] = [
  predict('a list of features', { features: ROW }, 200, { prediction: PREDICTION }),
  predict('features by name', { features: NAMED }, 200, { prediction: PREDICTION }),
  predict('rows', { instances: [ROW, ROW] }, 200, { predictions: [PREDICTION, PREDICTION] }),
  predict('an unknown member is ignored', { features: ROW, note: 'x' }, 200, { prediction: PREDICTION }),
  predict('a byte order mark is skipped', `\uFEFF{"features":${JSON.stringify(ROW)}}`, 200, { prediction: PREDICTION }),
  predict('no JSON', 'features=1', 400, 'body: expected JSON, got text that is not JSON: "features=1"'),
  predict('an empty body', '', 400, 'body: expected JSON, got nothing'),
  predict(
    'a cut body',
    '{"features":[1,',
    400,
    'body: expected JSON, got text that is not JSON: "{\\"features\\":[1,"',
  ),
  predict('a JSON null', 'null', 400, 'body: expected a JSON object, got null'),
  predict('a JSON number', '7', 400, 'body: expected a JSON object, got 7'),
  predict('an array', '[1]', 400, 'body: expected either "features" or "instances", got neither'),
  predict('no features', {}, 400, 'body: expected either "features" or "instances", got neither'),
  predict(
    'features and instances',
    { features: ROW, instances: [ROW] },
    400,
    'body: expected either "features" or "instances", got both',
  ),
  predict('too few features', { features: [1, 2] }, 400, `${X}: expected ${FEATURES}, got 2`),
  predict('too many features', { features: [...ROW, 1] }, 400, `${X}: expected ${FEATURES}, got 9`),
  predict('no list', { features: 'x' }, 400, `${X}: expected ${FEATURES}, got the string "x"`),
  predict('null features', { features: null }, 400, `${X}: expected ${FEATURES}, got null`),
  predict(
    'a string',
    withValue(2, '"130"'),
    400,
    `${X}, feature "horsepower": expected a finite FP32 number, got the string "130"`,
  ),
  predict('a null', withValue(2, 'null'), 400, `${X}, feature "horsepower": expected a finite FP32 number, got null`),
  predict('a boolean', withValue(0, 'true'), 400, `${X}, feature "cylinders": expected a finite FP32 number, got true`),
  predict(
    'infinity by exponent',
    withValue(2, '1e400'),
    400,
    `${X}, feature "horsepower": expected a finite FP32 number, got Infinity`,
  ),
  predict(
    'a number beyond FP32',
    withValue(2, '1e39'),
    400,
    `${X}, feature "horsepower": expected a finite FP32 number, got 1e+39`,
  ),
  predict('nesting too deep', { features: [ROW] }, 400, `${X}: expected ${FEATURES}, got 1`),
  predict('instances not nested', { instances: ROW }, 400, `${X}, row 0: expected ${FEATURES}, got ${ROW[0]}`),
  predict('instances that are no list', { instances: 3 }, 400, `${X}: expected an array of rows, got 3`),
  predict('no rows', { instances: [] }, 400, `${X}: expected at least 1 row, got none`),
  predict('a short row', { instances: [ROW, [1]] }, 400, `${X}, row 1: expected ${FEATURES}, got 1`),
  predict(
    'too many rows',
    { instances: Array.from({ length: MAX_ROWS + 1 }, () => ROW) },
    400,
    `${X}: expected 1 to ${MAX_ROWS} rows, got ${MAX_ROWS + 1}`,
  ),
  predict(
    'an unknown name',
    { features: { ...NAMED, colour: 1 } },
    400,
    `${X}: expected ${FEATURES}, got the name "colour"`,
  ),
  predict(
    'a missing name',
    { features: { ...NAMED, horsepower: undefined } },
    400,
    `${X}: expected ${FEATURES}, got no "horsepower"`,
  ),
  predict(
    '__proto__ as a name',
    `{"features":{"__proto__":1,${JSON.stringify(NAMED).slice(1)}}`,
    400,
    `${X}: expected ${FEATURES}, got the name "__proto__"`,
  ),
  predict(
    '__proto__ as the body',
    `{"__proto__":{"features":${JSON.stringify(ROW)}}}`,
    400,
    'body: expected either "features" or "instances", got neither',
  ),
  predict(
    'an answer that JSON has no number for',
    { features: ROW.map(() => 3e38) },
    400,
    'model "auto-mpg", output "Y": expected finite numbers, which alone fit JSON, got Infinity at element 0',
  ),
  predict(
    'a body over the limit',
    JSON.stringify({ features: ROW }).padEnd(MAX_BODY_BYTES + 1),
    413,
    `body: expected at most ${MAX_BODY_BYTES} bytes, got ${MAX_BODY_BYTES + 1} bytes`,
  ),
  predict('a body at the limit', JSON.stringify({ features: ROW }).padEnd(MAX_BODY_BYTES), 200, {
    prediction: PREDICTION,
  }),
  predict(
    'JSON nested 250,000 deep',
    `{"features":${'['.repeat(250_000)}${']'.repeat(250_000)}}`,
    400,
    `${X}: expected ${FEATURES}, got 1`,
  ),
  {
    title: 'POST /predict: bytes that are not UTF-8',
    question: { path: '/predict', body: Uint8Array.of(0x22, 0xff, 0x22) },
    status: 400,
    answer: 'body: expected JSON, got bytes that are not UTF-8',
  },
];

function infer(title: string, body: unknown, status: number, answer: unknown): Case {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { title: `infer: ${title}`, question: { path: INFER, body: text }, status, answer };
}

const TENSOR = { name: 'X', shape: [1, 8], datatype: 'FP32', data: ROW };

function withTensor(change: object): object {
  return { inputs: [{ ...TENSOR, ...change }] };
}

const INFER_ERRORS: readonly Case[] = [
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
    `${X}: expected shape [-1,8] (-1 varies), got [1,7]`,
  ),
  infer('another rank', withTensor({ shape: [8] }), 400, `${X}: expected shape [-1,8] (-1 varies), got [8]`),
  infer(
    'too many dimensions',
    withTensor({ shape: new Array(17).fill(1), data: [1] }),
    400,
    'input "X": expected at most 16 dimensions, got 17',
  ),
  infer('no rows', withTensor({ shape: [0, 8], data: [] }), 400, `${X}: expected 1 to ${MAX_ROWS} rows, got 0`),
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

const ROUTE_CASES: readonly Case[] = [
  { title: 'live', question: { method: 'GET', path: '/v2/health/live' }, status: 200, answer: { live: true } },
  { title: 'ready', question: { method: 'GET', path: '/v2/health/ready' }, status: 200, answer: { ready: true } },
  {
    title: 'a model that is ready',
    question: { method: 'GET', path: '/v2/models/auto-mpg/ready' },
    status: 200,
    answer: { name: 'auto-mpg', ready: true },
  },
  {
    title: 'the repository index',
    question: { path: '/v2/repository/index', body: '{}' },
    status: 200,
    answer: [{ name: 'auto-mpg', version: '1', state: 'READY', reason: '' }],
  },
  ...['/v2', '/v2/'].map((path) => ({
    title: `GET ${path}`,
    question: { method: 'GET', path },
    status: 200,
    answer: { name: 'tandem', version: '0.1.0', extensions: ['binary_tensor_data', 'model_repository'] },
  })),
  ...['', '/ready'].map((suffix) => ({
    title: `an unknown model${suffix}`,
    question: { method: 'GET', path: `/v2/models/nope${suffix}` },
    status: 404,
    answer: 'model: expected "auto-mpg", got "nope"',
  })),
  {
    title: 'inference on an unknown model',
    question: { path: '/v2/models/nope/infer', body: JSON.stringify({ inputs: [TENSOR] }) },
    status: 404,
    answer: 'model: expected "auto-mpg", got "nope"',
  },
  {
    title: 'inference on __proto__',
    question: { path: '/v2/models/__proto__/infer', body: JSON.stringify({ inputs: [TENSOR] }) },
    status: 404,
    answer: 'model: expected "auto-mpg", got "__proto__"',
  },
  {
    title: 'inference on an unknown version',
    question: { path: '/v2/models/auto-mpg/versions/9/infer', body: JSON.stringify({ inputs: [TENSOR] }) },
    status: 404,
    answer: 'model "auto-mpg": expected version "1", got "9"',
  },
  {
    title: 'metadata of an unknown version',
    question: { method: 'GET', path: '/v2/models/auto-mpg/versions/9' },
    status: 404,
    answer: 'model "auto-mpg": expected version "1", got "9"',
  },
  {
    title: 'an unknown route',
    question: { method: 'GET', path: '/nope' },
    status: 404,
    answer: 'route: expected one that this server has, got GET /nope',
  },
  {
    title: 'a path with a broken escape',
    question: { method: 'GET', path: '/v2/models/%E0%A4%A' },
    status: 404,
    answer: 'model: expected "auto-mpg", got "%E0%A4%A"',
  },
  {
    title: 'a wrong method',
    question: { method: 'GET', path: '/predict' },
    status: 405,
    answer: '/predict: expected method POST, got GET',
  },
  {
    title: 'a wrong method on a model',
    question: { method: 'DELETE', path: '/v2/models/auto-mpg' },
    status: 405,
    answer: '/v2/models/auto-mpg: expected method GET, HEAD, got DELETE',
  },
];

export const CASES: readonly Case[] = [...PREDICT_CASES, ...INFER_ERRORS, ...ROUTE_CASES];
