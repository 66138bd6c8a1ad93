/** Every case against every deployment, on the production bundles. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { ask } from '../support/ask.ts';
import { violations } from '../support/protocol-schema.ts';
import { asksAsSent, DEPLOYMENTS } from '../support/topology.ts';
import { CASES } from './cases/all.ts';

describe.each(DEPLOYMENTS)('%s answers', (topology) => {
  let arm: RunningArm;
  beforeAll(async () => {
    arm = await startArm(topology);
  });
  afterAll(() => arm.stop());

  const cases = CASES.filter(({ question }) => asksAsSent(topology, question));
  it.each(cases.map((item) => [item.title, item] as const))('%s', async (_, { question, status, answer }) => {
    const got = await ask(arm.url, question);
    const expected = status === 200 ? answer : { error: answer };
    expect({ status: got.status, body: JSON.parse(got.text) }).toEqual({ status, body: expected });
    expect(got.headers).toMatchObject({ 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
    expect(violations(question, got)).toBe('');
  });
});
