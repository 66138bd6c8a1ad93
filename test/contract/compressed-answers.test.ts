/** Answers compressed for clients that wish so, on every deployment. */
import { gunzipSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { createTensor } from '../../shared/tensor.ts';
import { ask, type Question } from '../support/ask.ts';
import { binaryQuestion } from '../support/binary.ts';
import { randomRows } from '../support/rows.ts';
import { DEPLOYMENTS } from '../support/topology.ts';

const ROWS = randomRows(1000, 5);
const QUESTIONS: readonly (readonly [string, Question])[] = [
  ['JSON', { path: '/predict', body: JSON.stringify({ instances: ROWS }) }],
  [
    'binary',
    binaryQuestion('/v2/models/auto-mpg/infer', [createTensor('X', 'FP32', [1000, 8], Float32Array.from(ROWS.flat()))]),
  ],
];

const CODINGS = { gzip: gunzipSync, deflate: inflateSync };

describe.each(DEPLOYMENTS)('%s', (topology) => {
  let arm: RunningArm;
  beforeAll(async () => {
    arm = await startArm(topology);
  });
  afterAll(() => arm.stop());

  describe.each(QUESTIONS)('%s', (_, question) => {
    it.each(['gzip', 'deflate'] as const)('comes in %s where that alone is taken', async (coding) => {
      const plain = await ask(arm.url, question);
      const headers = { ...question.headers, 'accept-encoding': coding };
      const got = await ask(arm.url, { ...question, headers });
      expect(got.headers).toMatchObject({ 'content-encoding': coding, 'x-content-type-options': 'nosniff' });
      expect(got.headers['inference-header-content-length']).toBe(plain.headers['inference-header-content-length']);
      expect(CODINGS[coding](Buffer.from(got.text, 'latin1')).toString('latin1')).toBe(plain.text);
    });
  });

  it('a short answer comes as it is', async () => {
    const question = { path: '/predict', body: JSON.stringify({ features: ROWS[0] }) };
    const got = await ask(arm.url, { ...question, headers: { 'accept-encoding': 'gzip' } });
    expect(got.headers).not.toHaveProperty('content-encoding');
  });
});
