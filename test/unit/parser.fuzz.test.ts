/** Whatever bytes come in, the edge answers: a number for what is right, a 4xx with a text for all else, never a throw. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../shared/http/app.ts';
import { HEADER_LENGTH } from '../../shared/http/binary-body.ts';
import { checkRequest } from '../../shared/inference/check-request.ts';
import { MAX_ROWS } from '../../shared/limits.ts';
import type { Predictor } from '../../shared/predictor.ts';
import { ok } from '../../shared/result.ts';
import { DATATYPES, type Tensor } from '../../shared/tensor.ts';
import { CARD, ROW } from '../support/rows.ts';

/** Checks as the real one does, and answers with each row's sum: what the parser handed over can be seen. */
const summing: Predictor = {
  models: async () => ok({ revision: 'r', models: [{ card: CARD, ready: true, reason: '' }] }),
  infer: async (request) => {
    const checked = checkRequest(CARD, request, { maxRows: MAX_ROWS });
    if (!checked.ok) return checked;
    const data = request.inputs[0]?.data;
    const rows = data instanceof Float32Array ? data : new Float32Array();
    const sums = Float32Array.from({ length: rows.length / 8 }, (_, row) =>
      rows.subarray(row * 8, row * 8 + 8).reduce((sum, value) => sum + value, 0),
    );
    return ok({ version: '1', revision: 'r', outputs: [tensor('Y', [sums.length, 1], sums)] });
  },
};

function tensor(name: string, shape: number[], data: Float32Array): Tensor {
  return { name, datatype: 'FP32', shape, data };
}

const app = createApp(summing, {});

async function post(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const response = await app.request(path, { method: 'POST', body, headers });
  return { status: response.status, json: await response.json() };
}

/** A refusal: the request's fault, with a text. */
function expectRefused({ status, json }: { status: number; json: unknown }): void {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(json).toEqual({ error: expect.stringMatching(/expected .+, got ./) });
}

const fp32 = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) });
const row = fc.array(fp32, { minLength: 8, maxLength: 8 });
const RUNS = { numRuns: 2000 };

describe('POST /predict', () => {
  it('refuses any bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => expectRefused(await post('/predict', Uint8Array.from(body)))),
      RUNS,
    );
  });

  it('answers or refuses any JSON in the place of features and instances', async () => {
    const body = fc.record({ features: fc.jsonValue(), instances: fc.jsonValue() }, { requiredKeys: [] });
    const property = fc.asyncProperty(body, async (value) => {
      const answer = await post('/predict', JSON.stringify(value));
      if (answer.status !== 200) expectRefused(answer);
    });
    await fc.assert(property, RUNS);
  });

  it('hands over every valid row exactly', async () => {
    const property = fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (instances) => {
      const { json } = await post('/predict', JSON.stringify({ instances }));
      const sums = instances.map((values) => Float32Array.from(values).reduce((sum, value) => sum + value, 0));
      expect(json).toEqual({ predictions: sums.map((sum) => Math.fround(sum) + 0) });
    });
    await fc.assert(property, { numRuns: 500 });
  });

  it('refuses a right request of which one part was changed', async () => {
    const bad = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.array(fc.integer()), fc.constant({}));
    const property = fc.asyncProperty(fc.nat(7), bad, async (column, value) => {
      const features = ROW.map((number, i) => (i === column ? value : number));
      expectRefused(await post('/predict', JSON.stringify({ features })));
    });
    await fc.assert(property, RUNS);
  });
});

describe('POST /v2/models/auto-mpg/infer', () => {
  const path = '/v2/models/auto-mpg/infer';

  it('answers or refuses any JSON in the place of each member', async () => {
    const input = fc.record(
      {
        name: fc.oneof(fc.constant('X'), fc.jsonValue()),
        shape: fc.oneof(fc.constant([1, 8]), fc.array(fc.double(), { maxLength: 20 }), fc.jsonValue()),
        datatype: fc.oneof(fc.constant('FP32'), fc.constantFrom(...DATATYPES), fc.jsonValue()),
        data: fc.oneof(fc.constant(ROW), fc.jsonValue()),
        parameters: fc.oneof(fc.constant({ binary_data_size: 32 }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const body = fc.record(
      { id: fc.jsonValue(), inputs: fc.oneof(fc.array(input), fc.jsonValue()), outputs: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const property = fc.asyncProperty(body, async (value) => {
      const answer = await post(path, JSON.stringify(value));
      if (answer.status !== 200) expectRefused(answer);
    });
    await fc.assert(property, RUNS);
  });

  it('refuses any header length over any bytes, but for 0, which says that they are the tensor', async () => {
    const any = fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.integer().map(String), fc.double().map(String));
    const length = any.filter((text) => !/^0+$/.test(text.trim()));
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), length, async (bytes, text) => {
      const value = text.trim();
      expectRefused(await post(path, Uint8Array.from(bytes), { [HEADER_LENGTH]: value }));
    });
    await fc.assert(property, RUNS);
  });
});
