/** The client on every deployment, from Node. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { createClient } from '../../shared/client.ts';
import type { Client } from '../../shared/client-api.ts';
import { CARDS } from '../support/models.ts';
import { GOLDEN, PREDICTION, ROW } from '../support/rows.ts';
import { DEPLOYMENTS } from '../support/topology.ts';

describe.each(DEPLOYMENTS)('from %s the client gets', (deployment) => {
  let arm: RunningArm;
  let client: Client;
  beforeAll(async () => {
    arm = await startArm(deployment);
    client = createClient(arm.url);
  });
  afterAll(() => arm.stop());

  it('what the server is, and which models it has', async () => {
    expect(await client.server()).toMatchObject({
      name: 'tandem',
      extensions: expect.arrayContaining(['binary_tensor_data']),
    });
    expect(await client.models()).toEqual(
      CARDS.map(({ name, version }) => ({ name, version, ready: true, reason: '' })),
    );
    expect([await client.ready(), await client.ready('digits', { version: '1' })]).toEqual([true, true]);
    expect(await client.ready('none')).toBe(false);
  });

  it.each(CARDS)('the card of $name, with its versions', async (card) => {
    expect(await client.metadata(card.name, { version: card.version })).toEqual({ ...card, versions: [card.version] });
  });

  it.each(['binary', 'json'] as const)('inferences as %s', async (encoding) => {
    const shape = [GOLDEN.inputs.length, ROW.length];
    const X = { datatype: 'FP32', shape, data: Float32Array.from(GOLDEN.inputs.flat()) } as const;
    expect(await client.infer('auto-mpg', { X }, { encoding, version: '1', outputs: ['Y'] })).toEqual({
      version: '1',
      revision: expect.stringMatching(/^[0-9a-f]{16}$/),
      outputs: { Y: { datatype: 'FP32', shape: [shape[0], 1], data: Float32Array.from(GOLDEN.outputs) } },
    });
  });

  it('NaN, labels and several outputs, in binary', async () => {
    const X = { datatype: 'FP32', shape: [1, 4], data: Float32Array.of(Number.NaN, 18.7, 181, 3750) } as const;
    const { outputs } = await client.infer('penguins', { X });
    expect(outputs).toMatchObject({ label: { data: ['Adelie'] }, probabilities: { shape: [1, 3] } });
  });

  it('predictions', async () => {
    expect(await client.predict('auto-mpg', ROW)).toBe(PREDICTION);
    expect(await client.predict('penguins', { beak_depth: 18.7, flipper_length: 181, body_mass: null })).toBe('Adelie');
    expect(await client.predictAll('auto-mpg', GOLDEN.inputs)).toEqual(GOLDEN.outputs);
  });

  it('what is wrong with a request, in words', async () => {
    await expect(client.predict('penguins', { beak_lenght: 1 })).rejects.toMatchObject({
      name: 'ClientError',
      kind: 'refused',
      status: 400,
      message: expect.stringContaining('got the name "beak_lenght"'),
    });
    await expect(client.metadata('none')).rejects.toMatchObject({ kind: 'refused', status: 404 });
  });
});
