/** A predictor on trial, and one that replaces another, behind real gateways: who answers whom, and that nobody is lost. */
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startWorkerd, type WorkerdProcess } from '../../bench/arms/workerd.ts';
import { type Answer, ask } from '../support/ask.ts';
import { HAS_DENO, startDenoGateway } from '../support/deno-gateway.ts';
import { readMetrics, sumOf } from '../support/prometheus.ts';
import { type Release, releaseBuild, workerBuild } from '../support/released-predictor.ts';
import { PREDICTION, ROW } from '../support/rows.ts';

type Vars = Readonly<Record<string, string>>;
type Running = Pick<WorkerdProcess, 'url' | 'stop'>;

const WAIT = { timeout: 60_000 };

/** How much more the second release predicts. */
const MORE = 100;

let next: Release;
let hanging: Release;
let throwing: Release;
beforeAll(() => {
  next = releaseBuild('2', MORE);
  throwing = workerBuild(
    'tandem-throwing',
    `import { WorkerEntrypoint } from 'cloudflare:workers';
const end = () => { throw new TypeError('thrown'); };
export default class extends WorkerEntrypoint { models() { end(); } infer() { end(); } fetch() { end(); } }`,
  );
  hanging = workerBuild(
    'tandem-hanging',
    `import { WorkerEntrypoint } from 'cloudflare:workers';
const never = () => new Promise((resolve) => setTimeout(resolve, 60_000));
export default class extends WorkerEntrypoint { models() { return never(); } infer() { return never(); } fetch() { return never(); } }`,
  );
});
afterAll(() => {
  for (const { root } of [next, hanging, throwing]) rmSync(root, { recursive: true });
});

/** What the servers have written. */
let said = '';
const running: Running[] = [];
beforeEach(() => {
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    said += chunk;
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const { stop } of running.splice(0)) await stop();
});
async function keep<T extends Running>(started: Promise<T>): Promise<T> {
  running.push(await started);
  return started;
}

/** A gateway over a binding to either release. */
function startBound(vars: Vars, { root, service }: Release): Promise<Running> {
  const gateway = { worker: 'gateway', vars, services: [{ binding: 'PREDICTOR_CANARY', service }] } as const;
  return keep(startWorkerd([gateway, { worker: 'predictor' }, { worker: 'predictor', root }]));
}

async function startDeno(vars: Vars, { root }: Release): Promise<Running> {
  const [first, second] = [
    await keep(startWorkerd([{ worker: 'predictor' }])),
    await keep(startWorkerd([{ worker: 'predictor', root }])),
  ];
  const urls = { PREDICTOR_URL: first.url.origin, PREDICTOR_CANARY_URL: second.url.origin };
  return keep(startDenoGateway({ ...urls, ...vars }));
}

const GATEWAYS: readonly (readonly [string, typeof startBound])[] = [
  ['rpc', startBound],
  ['fetch', (vars, release) => startBound({ PREDICTOR_TRANSPORT: 'fetch', ...vars }, release)],
  ...(HAS_DENO ? ([['deno', startDeno]] as const) : []),
];

const INFER = {
  path: '/v2/models/auto-mpg/infer',
  body: JSON.stringify({ inputs: [{ name: 'X', datatype: 'FP32', shape: [2, 8], data: [...ROW, ...ROW] }] }),
};
const PREDICT = { path: '/predict', body: JSON.stringify({ features: ROW }) };
const METADATA = { method: 'GET', path: '/v2/models/auto-mpg' } as const;

/** The version that has answered; an error's status and text. */
async function versionOf(url: URL, question: { path: string; body?: string }, headers: Vars = {}): Promise<string> {
  const { status, text } = await ask(url, { ...question, headers });
  const { model_version, versions, error } = JSON.parse(text);
  return status === 200 ? (model_version ?? versions[0]) : `${status} ${error}`;
}

describe.each(GATEWAYS)('a gateway over %s', (_, start) => {
  it('gives the predictor on trial its share of the callers, and each caller the same one on every route', async () => {
    const { url } = await start({ CANARY: '30', CANARY_BY: 'X-User' }, next);
    const users = Array.from({ length: 300 }, (_, i) => `user-${i}`);
    const versions: unknown[] = [];
    for (const user of users) {
      const answers = await Promise.all([INFER, METADATA, INFER].map((one) => versionOf(url, one, { 'x-user': user })));
      expect(new Set(answers).size).toBe(1);
      versions.push(answers[0]);
    }
    const share = versions.filter((version) => version === '2').length / users.length;
    expect(new Set(versions)).toEqual(new Set(['1', '2']));
    // Four standard deviations.
    expect(Math.abs(share - 0.3)).toBeLessThan(0.11);
  });

  it('answers whom a header says, also where nobody else is sent there', async () => {
    const { url } = await start({ CANARY: '0' }, next);
    const asked = ['always', 'never', 'perhaps', undefined].map((wish) => {
      return versionOf(url, INFER, wish === undefined ? {} : { 'x-canary': wish });
    });
    expect(await Promise.all(asked)).toEqual(['2', '1', '1', '1']);
    expect(await versionOf(url, METADATA, { 'x-canary': 'always' })).toBe('2');
  });

  it('looks at no header where nothing is on trial', async () => {
    const { url } = await start({ CANARY: 'off' }, next);
    expect(await versionOf(url, INFER, { 'x-canary': 'always' })).toBe('1');
  });

  it('answers all by the other one while the one on trial does not', async () => {
    const { url } = await start({ CANARY: '100', DEADLINE_MS: '4000' }, hanging);
    const answers = await Promise.all(Array.from({ length: 20 }, () => versionOf(url, INFER)));
    expect(new Set(answers)).toEqual(new Set(['1']));
    expect(JSON.parse((await ask(url, PREDICT)).text)).toEqual({ prediction: PREDICTION });
    expect((await ask(url, { method: 'GET', path: '/v2/health/ready' })).status).toBe(200);
  });

  it('copies requests where it is a shadow, whose answers nobody gets, and counts what differs', async () => {
    const { url } = await start({ CANARY: 'shadow', METRICS: '1' }, next);
    const answers = await Promise.all(Array.from({ length: 5 }, () => versionOf(url, INFER, { 'x-canary': 'always' })));
    expect(answers).toEqual(Array(5).fill('1'));
    await ask(url, { path: '/models/penguins/predict', body: '{"features":[39.1,18.7,181,3750]}' });
    await vi.waitUntil(() => said.includes('"shadow":"different"'), WAIT);
    const countOf = async (outcome: string) => {
      const metrics = readMetrics((await ask(url, { method: 'GET', path: '/metrics' })).text);
      return sumOf(metrics, `tandem_predictor_shadow_${outcome}_total`);
    };
    await vi.waitUntil(async () => (await countOf('same')) === 1, WAIT);
    expect(await countOf('different')).toBe(5);
  });

  it('answers all, and counts, while the shadow is lost', async () => {
    const { url } = await start({ CANARY: 'shadow' }, throwing);
    for (let i = 0; i < 10; i++) expect(await versionOf(url, INFER)).toBe('1');
    await vi.waitUntil(() => said.includes('"shadow":"failed","model":"auto-mpg"'), WAIT);
  });

  it('waits for no shadow', async () => {
    const { url } = await start({ CANARY: 'shadow', DEADLINE_MS: '2000' }, hanging);
    const answers = await Promise.all(Array.from({ length: 20 }, () => versionOf(url, INFER)));
    expect(new Set(answers)).toEqual(new Set(['1']));
    await vi.waitUntil(() => said.includes('"shadow":"failed","model":"auto-mpg","reason":"deadline"'), WAIT);
  });
});

it.each([
  [{ CANARY: '101' }, 'var CANARY: expected off, shadow or a percentage, 0 to 100, got "101"'],
  [{ CANARY: '' }, 'var CANARY: expected off, shadow or a percentage, 0 to 100, got ""'],
  [{ CANARY: '5', CANARY_BY: 'x y' }, 'var CANARY_BY: expected the name of a header, got "x y"'],
  [{ CANARY: '5', RESILIENCE: 'off' }, 'var CANARY: expected RESILIENCE on, got off'],
])('a gateway with %j does not start', async (vars, message) => {
  await expect(startWorkerd([{ worker: 'gateway', vars }, { worker: 'predictor' }])).rejects.toThrow(message);
});

it('a gateway that is told of a trial without a predictor serves all by the one it has, and says so', async () => {
  const { url } = await keep(startWorkerd([{ worker: 'gateway', vars: { CANARY: '100' } }, { worker: 'predictor' }]));
  expect(await versionOf(url, INFER)).toBe('1');
  await vi.waitUntil(() => said.includes('set PREDICTOR_CANARY, a binding, or PREDICTOR_CANARY_URL'), WAIT);
});

/** A predictor under the name of the real one, whose calls go to one release, to both in turn, and to the other. */
const ROLLOUT = `
import { WorkerEntrypoint } from 'cloudflare:workers';
let calls = 0;
const pick = (env) => {
  calls += 1;
  return calls < 2_000 || (calls < 6_000 && Math.random() < 0.5) ? env.OLD : env.NEW;
};
export default class extends WorkerEntrypoint {
  models() { return pick(this.env).models(); }
  infer(request) { return pick(this.env).infer(request); }
}`;

it('loses none of 10,000 requests while one release replaces another, and mixes them in no answer', async () => {
  const [old, switched] = [releaseBuild('1', 0), workerBuild('tandem-predictor', ROLLOUT)];
  const services = [
    { binding: 'OLD', service: old.service },
    { binding: 'NEW', service: next.service },
  ];
  const { url } = await keep(
    startWorkerd([
      { worker: 'gateway' },
      { worker: 'predictor', root: switched.root, services },
      { worker: 'predictor', root: old.root },
      { worker: 'predictor', root: next.root },
    ]),
  );
  const seen: string[] = [];
  let left = 10_000;
  const client = async () => {
    while (left-- > 0) seen.push(left % 2 === 0 ? summary(await ask(url, INFER)) : summary(await ask(url, PREDICT)));
  };
  await Promise.all(Array.from({ length: 16 }, client));
  for (const { root } of [old, switched]) rmSync(root, { recursive: true });
  expect(seen).toHaveLength(10_000);
  const [before, after] = [PREDICTION, Math.fround(PREDICTION + MORE)];
  expect(new Set(seen)).toEqual(new Set([`1 ${before},${before}`, `2 ${after},${after}`, `- ${before}`, `- ${after}`]));
  expect(new Set(seen.slice(-1_000))).toEqual(new Set([`2 ${after},${after}`, `- ${after}`]));
});

/** Version and predictions; an error's status and text. */
function summary({ status, text }: Answer): string {
  const { model_version = '-', outputs, prediction, error } = JSON.parse(text);
  return status === 200 ? `${model_version} ${outputs?.[0].data ?? prediction}` : `${status} ${error}`;
}
