/** Requests to the test models: scalars, labels, missing values, and every way in which such data can be wrong. */
import { expect } from 'vitest';
import { createTensor, DATATYPES, type Datatype, type Tensor, TYPED_ARRAYS } from '../../../shared/tensor.ts';
import type { Question } from '../../support/ask.ts';
import { binaryQuestion, joined } from '../../support/binary.ts';
import { TEST_MODEL_NAMES } from '../../support/test-models.ts';
import type { Case } from './case.ts';

export const EVERY = '/v2/models/every-type/infer';
export const SCALARS = '/v2/models/scalars/infer';

/** An input of `every-type` without elements. */
export function emptyTensor(datatype: Datatype): Tensor {
  const data = datatype === 'BYTES' ? [] : new TYPED_ARRAYS[datatype](0);
  return createTensor(`in_${datatype}`, datatype, [0, 0], data);
}

/** A request to `scalars`, its data as JSON texts. */
export function scalars(n: string, text: string): Question {
  const inputs = [
    `{"name":"n","datatype":"INT64","shape":[],"data":${n}}`,
    `{"name":"text","datatype":"BYTES","shape":[],"data":${text}}`,
  ];
  return { path: SCALARS, body: `{"inputs":[${inputs}]}` };
}

function binaryText(hex: string): Question {
  const data = Buffer.from(hex, 'hex');
  const inputs = [
    { name: 'n', datatype: 'INT64', shape: [], data: [1] },
    { name: 'text', datatype: 'BYTES', shape: [], parameters: { binary_data_size: data.length } },
  ];
  return joined(SCALARS, { inputs }, [data]);
}

function predict(model: string, body: object): Question {
  return { path: `/models/${model}/predict`, body: JSON.stringify(body) };
}

function table(model: string, data: unknown): Question {
  const inputs = [{ name: 'X', datatype: 'FP32', shape: [1, 2], data }];
  return { path: `/v2/models/${model}/infer`, body: JSON.stringify({ inputs }) };
}

function refusal(title: string, question: Question, answer: string, status = 400): Case {
  return { title: `refuses ${title}`, question, status, answer };
}

const LONG = 'a whole number of INT64, from -9223372036854775808 to 9223372036854775807, in digits';
const TEXT = 'input "text": expected';
const NAMES = TEST_MODEL_NAMES.map((name) => JSON.stringify(name)).join(' or ');

const REFUSALS: readonly Case[] = [
  refusal('a null as a whole number', scalars('null', '"a"'), `input "n": expected ${LONG} at element 0, got null`),
  refusal(
    'two values as a scalar',
    scalars('[1,2]', '"a"'),
    'input "n": expected 1 values at element 0, got an array of 2',
  ),
  refusal(
    'a text with NUL',
    scalars('1', '"\\u0000"'),
    `model "scalars", ${TEXT} texts of whole Unicode characters without NUL, got another at element 0`,
  ),
  refusal('bytes that are not UTF-8', binaryText('01000000ff'), `${TEXT} UTF-8 at element 0, got other bytes`),
  refusal('a length past the end', binaryText('020000ff61'), `${TEXT} 4278190082 bytes as element 0, got 1 bytes`),
  refusal('a length that is cut', binaryText('0100'), `${TEXT} a length of 4 bytes before element 0, got 2 bytes`),
  refusal(
    'two texts as a scalar',
    binaryText('0000000000000000'),
    `model "scalars", ${TEXT} 1 elements for shape [], got 2`,
  ),
  refusal(
    'a binary truth value other than 0 and 1',
    binaryQuestion(EVERY, [
      createTensor('in_BOOL', 'BOOL', [1, 2], Uint8Array.of(1, 2)),
      ...DATATYPES.filter((datatype) => datatype !== 'BOOL').map(emptyTensor),
    ]),
    'model "every-type", input "in_BOOL": expected bytes 0 or 1, got 2 at element 1',
  ),
  refusal(
    'FP16 as JSON output',
    binaryQuestion(EVERY, DATATYPES.map(emptyTensor), {}),
    'model "every-type", output "out_FP16": expected a wish for binary data, as JSON has no form for FP16, got a wish for JSON',
  ),
];

const TABULAR: readonly Case[] = [
  ...(
    [
      ['a label', { features: [1.5, 2] }, { prediction: '1.5' }],
      [
        'labels',
        {
          instances: [
            [1, 2],
            [2.5, 3],
          ],
        },
        { predictions: ['1', '2.5'] },
      ],
      ['a missing value as null', { features: [null, 2] }, { prediction: 'NaN' }],
      ['a missing value as a name that is not there', { features: { b: 2 } }, { prediction: 'NaN' }],
      ['a missing value by name as null', { features: { a: null, b: 2 } }, { prediction: 'NaN' }],
    ] as const
  ).map(([title, body, answer]) => ({
    title: `predicts ${title}`,
    question: predict('labels', body),
    status: 200,
    answer,
  })),
  refusal(
    'a null where none may be missing',
    predict('classes', { features: [null, 2] }),
    'model "classes", input "X", feature "a": expected a finite FP32 number, got null',
  ),
  refusal(
    'a name that is not there',
    predict('classes', { features: { b: 2 } }),
    'model "classes", input "X": expected 2 features (a, b), got no "a"',
  ),
  refusal(
    'a text where a value may be missing',
    predict('labels', { features: ['x', 2] }),
    'model "labels", input "X", feature "a": expected a finite FP32 number or null, got the string "x"',
  ),
  refusal(
    'no rows',
    predict('labels', { instances: [] }),
    'model "labels", input "X": expected at least 1 row, got none',
  ),
  refusal(
    'more rows of missing values than the body could hold of values',
    predict('labels', { instances: Array.from({ length: 300_000 }, () => ({})) }),
    'model "labels", input "X": expected at most 262144 rows, got 300000',
  ),
  refusal(
    'a model that is not tabular',
    predict('scalars', { features: [1] }),
    'model "scalars": expected one FP32 table [-1, width] as its input, which this route takes, got INT64 [], BYTES []',
  ),
  refusal('an unknown model', predict('nope', { features: [1] }), `model: expected ${NAMES}, got "nope"`, 404),
  refusal(
    'to choose among models of which none is the default',
    { path: '/predict', body: '{"features":[1]}' },
    `POST /predict: expected a model marked as default, got ${NAMES}`,
    404,
  ),
];

const MISSING: readonly Case[] = [
  {
    title: 'takes null in JSON data for a missing value',
    question: table('labels', [[null, 2]]),
    status: 200,
    answer: expect.objectContaining({
      outputs: [
        { name: 'label', datatype: 'BYTES', shape: [1], data: ['NaN'] },
        { name: 'missing', datatype: 'BOOL', shape: [1, 2], data: [true, false] },
      ],
    }),
  },
  refusal(
    'null in JSON data where none may be missing',
    table('classes', [1, null]),
    'input "X": expected a finite FP32 number at element 1, got null',
  ),
  refusal(
    'NaN in binary where none may be missing',
    binaryQuestion('/v2/models/classes/infer', [createTensor('X', 'FP32', [1, 2], Float32Array.of(1, Number.NaN))]),
    'model "classes", input "X": expected numbers, got NaN at element 1',
  ),
];

export const TEST_MODEL_CASES = [...REFUSALS, ...TABULAR, ...MISSING];
