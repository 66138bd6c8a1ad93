/** Compressed bodies: JSON and binary tensors, cut ones, ones that grow, and codings that are not read. */
import { deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { MAX_BODY_BYTES } from '../../../shared/limits.ts';
import { createTensor } from '../../../shared/tensor.ts';
import { binaryQuestion } from '../../support/binary.ts';
import { PREDICTION, ROW } from '../../support/rows.ts';
import type { Case } from './case.ts';

const PREDICT = JSON.stringify({ features: ROW });
const BINARY = binaryQuestion(
  '/v2/models/auto-mpg/infer',
  [createTensor('X', 'FP32', [1, 8], Float32Array.from(ROW))],
  {},
);

function predict(title: string, encoding: string, body: string | Uint8Array, status: number, answer: unknown): Case {
  const question = { path: '/predict', headers: { 'content-encoding': encoding }, body };
  return { title: `Content-Encoding ${encoding}: ${title}`, question, status, answer };
}

export const ENCODING_CASES: readonly Case[] = [
  ...(
    [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
    ] as const
  ).flatMap(([encoding, compress]) => [
    predict('JSON', encoding, compress(PREDICT), 200, { prediction: PREDICTION }),
    {
      title: `Content-Encoding ${encoding}: binary tensors, with the header that gives the length of the inflated JSON`,
      question: {
        path: BINARY.path,
        headers: { ...BINARY.headers, 'content-encoding': encoding },
        body: compress(BINARY.body ?? ''),
      },
      status: 200,
      answer: expect.objectContaining({ outputs: [expect.objectContaining({ data: [PREDICTION] })] }),
    },
    predict(
      'cut',
      encoding,
      compress(PREDICT).subarray(0, -1),
      400,
      `body: expected ${encoding} data, got other bytes, or not all of them`,
    ),
    predict(
      'JSON that is not compressed',
      encoding,
      PREDICT,
      400,
      `body: expected ${encoding} data, got other bytes, or not all of them`,
    ),
    predict('a body at the limit once inflated', encoding, compress(PREDICT.padEnd(MAX_BODY_BYTES)), 200, {
      prediction: PREDICTION,
    }),
    predict(
      'a body over the limit once inflated',
      encoding,
      compress(PREDICT.padEnd(MAX_BODY_BYTES + 1)),
      413,
      `body: expected at most ${MAX_BODY_BYTES} bytes (var MAX_BODY_BYTES), got more once inflated`,
    ),
    predict(
      'a hundred times the limit once inflated',
      encoding,
      compress(Buffer.alloc(100 * MAX_BODY_BYTES, ' ')),
      413,
      `body: expected at most ${MAX_BODY_BYTES} bytes (var MAX_BODY_BYTES), got more once inflated`,
    ),
  ]),
  predict('none', 'identity', PREDICT, 200, { prediction: PREDICTION }),
  predict('another', 'br', PREDICT, 415, 'header Content-Encoding: expected gzip or deflate, got "br"'),
  predict(
    'two of them',
    'gzip, gzip',
    PREDICT,
    415,
    'header Content-Encoding: expected gzip or deflate, got "gzip, gzip"',
  ),
];
