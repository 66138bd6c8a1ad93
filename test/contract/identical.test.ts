/** The same requests to every deployment side by side: status, headers and body bytes must not differ. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { closeTo } from '../../models/build/golden.ts';
import { ask, type Question } from '../support/ask.ts';
import { CARD, GOLDEN, randomRows } from '../support/rows.ts';
import { asksAsSent, DEPLOYMENTS } from '../support/topology.ts';
import { CASES } from './cases/all.ts';

let arms: RunningArm[] = [];
beforeAll(async () => {
  arms = await Promise.all(DEPLOYMENTS.map((topology) => startArm(topology)));
});
afterAll(() => Promise.all(arms.map((arm) => arm.stop())));

/** Asks every deployment and returns the one answer that they agree on. */
async function askAll(question: Question): Promise<string> {
  const asked = arms.filter((_, i) => asksAsSent(DEPLOYMENTS[i] ?? 'null', question));
  const [first, ...others] = await Promise.all(asked.map((arm) => ask(arm.url, question)));
  for (const other of others) expect(other).toEqual(first);
  return first?.text ?? '';
}

describe('every deployment gives the same bytes', () => {
  it('for 10,000 random valid rows, in batches and one by one', async () => {
    const rows = randomRows(10_000, 7);
    const batch = 1000;
    for (let from = 0; from < rows.length; from += batch) {
      const instances = rows.slice(from, from + batch);
      const text = await askAll({ path: '/predict', body: JSON.stringify({ instances }) });
      expect(JSON.parse(text).predictions).toHaveLength(batch);
    }
    for (const features of rows.slice(0, 500)) await askAll({ path: '/predict', body: JSON.stringify({ features }) });
  });

  it('for every case of the contract', async () => {
    for (const { question } of CASES) await askAll(question);
  });

  it('for the metadata, which carries the card', async () => {
    const { properties, ...metadata } = JSON.parse(await askAll({ method: 'GET', path: '/v2/models/auto-mpg' }));
    expect(metadata).toEqual({
      name: 'auto-mpg',
      versions: ['1'],
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 8] }],
      outputs: [{ name: 'Y', datatype: 'FP32', shape: [-1, 1] }],
    });
    expect(JSON.parse(properties.card)).toEqual(CARD);
    expect(properties.revision).toMatch(/^[0-9a-f]{16}$/);
  });
});

it('gives the golden answers for the golden rows', async () => {
  const body = JSON.stringify({ instances: GOLDEN.inputs });
  const { predictions } = JSON.parse(await askAll({ path: '/predict', body }));
  expect(predictions.every((got: number, row: number) => closeTo(got, GOLDEN.outputs[row] ?? Number.NaN))).toBe(true);
});
