/** `POST /predict`: right requests, and every way in which one can be wrong. */
import { expect } from 'vitest';
import { MAX_BODY_BYTES, MAX_ROWS } from '../../../shared/limits.ts';
import { ANY_MODEL } from '../../support/models.ts';
import { CARD, NAMED, PREDICTION, ROW } from '../../support/rows.ts';
import { type Case, INPUT, LENGTH_HINT } from './case.ts';

const NAMES = (CARD.inputs[0]?.features ?? []).map((feature) => feature.name);
const FEATURES = `8 features (${NAMES.join(', ')})`;

const CUT = '{"note":", NaN","features":[1,';

function predict(title: string, body: unknown, status: number, answer: unknown): Case {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { title: `POST /predict: ${title}`, question: { path: '/predict', body: text }, status, answer };
}

function withValue(column: number, json: string): string {
  const values = ROW.map((value, i) => (i === column ? json : JSON.stringify(value)));
  return `{"features":[${values.join(',')}]}`;
}

export const PREDICT_CASES: readonly Case[] = [
  predict('a list of features', { features: ROW }, 200, { prediction: PREDICTION }),
  predict('features by name', { features: NAMED }, 200, { prediction: PREDICTION }),
  predict('rows', { instances: [ROW, ROW] }, 200, { predictions: [PREDICTION, PREDICTION] }),
  predict('an unknown member is ignored', { features: ROW, note: 'x' }, 200, { prediction: PREDICTION }),
  predict('U+FFFD is a character as any', { features: ROW, note: '\uFFFD' }, 200, { prediction: PREDICTION }),
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
  predict('too few features', { features: [1, 2] }, 400, `${INPUT}: expected ${FEATURES}, got 2`),
  predict('too many features', { features: [...ROW, 1] }, 400, `${INPUT}: expected ${FEATURES}, got 9`),
  predict('no list', { features: 'x' }, 400, `${INPUT}: expected a list of ${FEATURES}, got the string "x"`),
  predict('null features', { features: null }, 400, 'body: expected either "features" or "instances", got neither'),
  predict('null beside features', { features: ROW, instances: null }, 200, { prediction: PREDICTION }),
  predict('rows by name, and as lists', { instances: [NAMED, ROW] }, 200, { predictions: [PREDICTION, PREDICTION] }),
  predict(
    'a name missing in a row',
    { instances: [NAMED, {}] },
    400,
    `${INPUT}, row 1: expected ${FEATURES}, got no "cylinders"`,
  ),
  ...(
    [
      ['NaN', 'null stands for it in an input whose card has "missing": "nan"; other inputs take none'],
      ['-Infinity', 'only binary data carry -Infinity'],
    ] as const
  ).map(([token, remedy]) =>
    predict(
      `${token} in place of a number`,
      withValue(2, token),
      400,
      expect.stringMatching(
        `^body: expected JSON, got ${token}, which is no JSON, at character ${withValue(2, token).indexOf(token)}: .*,${token},.*; ${remedy}$`,
      ),
    ),
  ),
  predict(
    'NaN as a word in what is no JSON for another reason',
    CUT,
    400,
    `body: expected JSON, got text that is not JSON: ${JSON.stringify(CUT)}`,
  ),
  predict(
    'a string',
    withValue(2, '"130"'),
    400,
    `${INPUT}, feature "horsepower": expected a finite FP32 number, got the string "130"`,
  ),
  predict(
    'a null',
    withValue(2, 'null'),
    400,
    `${INPUT}, feature "horsepower": expected a finite FP32 number, got null`,
  ),
  predict(
    'a boolean',
    withValue(0, 'true'),
    400,
    `${INPUT}, feature "cylinders": expected a finite FP32 number, got true`,
  ),
  predict(
    'infinity by exponent',
    withValue(2, '1e400'),
    400,
    `${INPUT}, feature "horsepower": expected a finite FP32 number, got Infinity`,
  ),
  predict(
    'a number beyond FP32',
    withValue(2, '1e39'),
    400,
    `${INPUT}, feature "horsepower": expected a finite FP32 number, got 1e+39`,
  ),
  predict('nesting too deep', { features: [ROW] }, 400, `${INPUT}: expected ${FEATURES}, got 1`),
  predict(
    'instances not nested',
    { instances: ROW },
    400,
    `${INPUT}: expected rows in a list, as in {"instances":[[1,2]]}, got 8 numbers in it`,
  ),
  predict(
    'a number among rows',
    { instances: [ROW, 8] },
    400,
    `${INPUT}, row 1: expected a list of ${FEATURES}, got the number 8`,
  ),
  predict('instances that are no list', { instances: 3 }, 400, `${INPUT}: expected an array of rows, got 3`),
  predict('no rows', { instances: [] }, 400, `${INPUT}: expected at least 1 row, got none`),
  predict('a short row', { instances: [ROW, [1]] }, 400, `${INPUT}, row 1: expected ${FEATURES}, got 1`),
  predict(
    'too many rows',
    { instances: Array.from({ length: MAX_ROWS + 1 }, () => ROW) },
    400,
    `${INPUT}: expected at most ${MAX_ROWS} rows, got ${MAX_ROWS + 1}`,
  ),
  predict(
    'an unknown name',
    { features: { ...NAMED, colour: 1 } },
    400,
    `${INPUT}: expected ${FEATURES}, got the name "colour"`,
  ),
  predict(
    'a missing name',
    { features: { ...NAMED, horsepower: undefined } },
    400,
    `${INPUT}: expected ${FEATURES}, got no "horsepower"`,
  ),
  predict(
    '__proto__ as a name',
    `{"features":{"__proto__":1,${JSON.stringify(NAMED).slice(1)}}`,
    400,
    `${INPUT}: expected ${FEATURES}, got the name "__proto__"`,
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
    406,
    'model "auto-mpg", output "Y": expected finite numbers, which alone fit JSON, got Infinity at element 0; ask POST /v2/models/auto-mpg/infer for this output with "parameters": {"binary_data": true}, or set "nonFinite": "null" in the model\'s card for null in its place',
  ),
  predict(
    'a body over the limit',
    JSON.stringify({ features: ROW }).padEnd(MAX_BODY_BYTES + 1),
    413,
    `body: expected at most ${MAX_BODY_BYTES} bytes (var MAX_BODY_BYTES), got ${MAX_BODY_BYTES + 1} bytes`,
  ),
  predict('a body at the limit', JSON.stringify({ features: ROW }).padEnd(MAX_BODY_BYTES), 200, {
    prediction: PREDICTION,
  }),
  predict(
    'JSON nested 250,000 deep',
    `{"features":${'['.repeat(250_000)}${']'.repeat(250_000)}}`,
    400,
    `${INPUT}: expected ${FEATURES}, got 1`,
  ),
  {
    title: 'POST /models/auto-mpg/predict: rows',
    question: { path: '/models/auto-mpg/predict', body: JSON.stringify({ instances: [ROW] }) },
    status: 200,
    answer: { predictions: [PREDICTION] },
  },
  {
    title: 'POST /models/nope/predict: an unknown model',
    question: { path: '/models/nope/predict', body: JSON.stringify({ instances: [ROW] }) },
    status: 404,
    answer: `model: expected ${ANY_MODEL}, got "nope"`,
  },
  {
    title: 'POST /predict: bytes that are not UTF-8',
    question: { path: '/predict', body: Uint8Array.of(0x22, 0xff, 0x22) },
    status: 400,
    answer: `body: expected JSON, got bytes that are not UTF-8; ${LENGTH_HINT}`,
  },
];
