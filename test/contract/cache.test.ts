/**
 * Deployments that keep answers: who is given one again, that it is the same to the last byte, and what it is good for when
 * the predictor is not there.
 */
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startPrograms } from '../../bench/arms/start-arm.ts';
import { startWorkerd, type WorkerdProcess } from '../../bench/arms/workerd.ts';
import { whyUnavailable } from '../../bench/peers/peers.ts';
import { generateInputs } from '../../models/build/generate-inputs.ts';
import { formatEntries, makeKey } from '../../shared/api-keys.ts';
import { inferMessage } from '../../shared/remote/v2-requests.ts';
import type { Tensor } from '../../shared/tensor.ts';
import { type Answer, ask, type Question } from '../support/ask.ts';
import { buildCached } from '../support/cached-build.ts';
import { HAS_DENO, startDenoGateway } from '../support/deno-gateway.ts';
import { CARDS } from '../support/models.ts';
import { ROW } from '../support/rows.ts';

type Vars = Readonly<Record<string, string>>;
type Running = Pick<WorkerdProcess, 'url' | 'stop'>;

let root: string;
let other: string;
beforeAll(async () => {
  root = await buildCached('before');
  other = await buildCached('after', ['predictor']);
});
afterAll(() => [root, other].forEach((folder) => void rmSync(folder, { recursive: true })));

const [CI, NEXT] = await Promise.all(['ci', 'next'].map((id) => makeKey(id, ['infer'], id.padEnd(43, 'x'))));
const VARS = { CACHE_BYTES: '8000000', API_KEYS: formatEntries([CI, NEXT].flatMap((made) => made?.entry ?? [])) };

const running: Running[] = [];
async function keep<T extends Running>(started: Promise<T>): Promise<T> {
  running.push(await started);
  return started;
}
async function stopAll(): Promise<void> {
  for (const { stop } of running.splice(0)) await stop();
}

const startPredictor = (build: string, port = 0) => startWorkerd([{ worker: 'predictor', root: build }], { port });
const startGateway = (vars: Vars) =>
  startWorkerd([{ worker: 'gateway', root, vars: { PREDICTOR_TRANSPORT: 'http', ...vars } }]);

const startWeb = (name: 'deno' | 'bun') => (vars: Vars) => {
  for (const [variable, text] of Object.entries(vars)) vi.stubEnv(variable, text);
  return startPrograms(name, 0, root).finally(() => vi.unstubAllEnvs());
};

const STARTS: readonly (readonly [string, (vars: Vars) => Promise<Running>])[] = [
  ['combined', (vars) => startWorkerd([{ worker: 'combined', root, vars }])],
  [
    'pair-rpc',
    (vars) =>
      startWorkerd([
        { worker: 'gateway', root, vars },
        { worker: 'predictor', root },
      ]),
  ],
  [
    'pair-http',
    async (vars) => {
      const { url } = await keep(startPredictor(root));
      return startGateway({ PREDICTOR_URL: url.origin, ...vars });
    },
  ],
  ...(['deno', 'bun'] as const).flatMap((name) =>
    whyUnavailable(name) === null ? [[name, startWeb(name)] as const] : [],
  ),
];

function inputsOf(name: string, seed: number): Tensor[] {
  const card = CARDS.find((one) => one.name === name);
  if (card === undefined) throw new Error(`expected a model ${name}, got none`);
  return generateInputs(card, 2, seed);
}

function question(name: string, encoding: 'json' | 'binary', seed: number): Question {
  return { path: `/v2/models/${name}/infer`, ...inferMessage({ inputs: inputsOf(name, seed) }, encoding) };
}

/** What the cache did. */
const did = ({ headers }: Answer) => headers['cache-status'];
const STORED = 'tandem; fwd=miss; stored';
const HIT = /^tandem; hit; ttl=3[56]\d\d$/;

/** All of an answer but what a cache says of itself. */
function plain({ status, text, headers: { 'cache-status': _, age, ...headers } }: Answer): unknown {
  return { status, text, headers };
}

describe.each(STARTS)('%s', (_, start) => {
  let url: URL;
  beforeAll(async () => {
    ({ url } = await keep(start(VARS)));
  });
  afterAll(stopAll);
  const askAs = (made: typeof CI, asked: Question, headers: Vars = {}) =>
    ask(url, { ...asked, headers: { ...asked.headers, 'x-api-key': made?.key ?? '', ...headers } });

  const rows = { instances: [ROW, ROW.with(0, 4)] };
  it.each<[string, Question]>([
    ['/predict', { path: '/predict', body: JSON.stringify(rows) }],
    ['numbers in JSON', question('auto-mpg', 'json', 1)],
    ['numbers in binary', question('auto-mpg', 'binary', 2)],
    ['labels in JSON', question('penguins', 'json', 1)],
    ['labels in binary', question('penguins', 'binary', 2)],
  ])('gives the answer to %s again to the last byte', async (_, asked) => {
    const fresh = await askAs(CI, asked, { 'cache-control': 'no-store' });
    expect([fresh.status, did(fresh), fresh.headers.age]).toEqual([200, 'tandem; fwd=miss', undefined]);
    const miss = await askAs(CI, asked);
    expect([did(miss), miss.headers.age]).toEqual([STORED, undefined]);
    for (let i = 0; i < 3; i++) {
      const hit = await askAs(CI, asked);
      expect([did(hit), hit.headers.age]).toEqual([expect.stringMatching(HIT), expect.stringMatching(/^\d+$/)]);
      for (const one of [miss, hit]) expect(plain(one)).toEqual(plain(fresh));
    }
  });

  it('gives the answer to JSON again in binary, and the other way round', async () => {
    for (const [first, second, seed] of [
      ['json', 'binary', 3],
      ['binary', 'json', 5],
    ] as const) {
      expect(did(await askAs(CI, question('auto-mpg', first, seed)))).toBe(STORED);
      const asked = question('auto-mpg', second, seed);
      const hit = await askAs(CI, asked);
      expect(did(hit)).toMatch(HIT);
      expect(plain(hit)).toEqual(plain(await askAs(CI, asked, { 'cache-control': 'no-store' })));
    }
  });

  it('keeps callers apart, but for a model that is public', async () => {
    for (const [name, again] of [
      ['auto-mpg', STORED],
      ['penguins', HIT],
    ] as const) {
      await askAs(CI, question(name, 'json', 4));
      expect(did(await askAs(NEXT, question(name, 'json', 4)))).toMatch(again);
    }
  });

  it('asks every time for a model whose answers are kept for failures alone', async () => {
    expect(did(await askAs(CI, question('digits', 'binary', 1)))).toBe(STORED);
    expect(did(await askAs(CI, question('digits', 'binary', 1)))).toBe('tandem; fwd=stale; stored');
  });

  it('gives every one of many requests at once its own answer', async () => {
    const asked = Array.from({ length: 60 }, (_, i) => question('auto-mpg', 'json', 100 + (i % 10)));
    const [first = [], ...others] = [
      await Promise.all(asked.map((one) => askAs(CI, one, { 'cache-control': 'no-store' }))),
      await Promise.all(asked.map((one) => askAs(CI, one))),
      await Promise.all(asked.map((one) => askAs(CI, one))),
    ];
    for (const answers of others) expect(answers.map(plain)).toEqual(first.map(plain));
    expect(others[1]?.map(did)).toEqual(asked.map(() => expect.stringMatching(HIT)));
  });
});

const GATEWAYS: readonly (readonly [string, (vars: Vars) => Promise<Running>])[] = [
  ['workerd', startGateway],
  ...(HAS_DENO ? ([['deno', startDenoGateway]] as const) : []),
];

describe.each(GATEWAYS)('a gateway on %s', (_, gatewayAt) => {
  let predictor: WorkerdProcess;
  let url: URL;
  beforeEach(async () => {
    // What was lost is logged, with its stack.
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    predictor = await keep(startPredictor(root));
    const vars = { PREDICTOR_URL: predictor.url.origin, DEADLINE_MS: '500', CACHE_BYTES: '8000000' };
    ({ url } = await keep(gatewayAt(vars)));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await stopAll();
  });
  /** The answer; a busy machine may take longer than the deadline for the first one. */
  const answered = (asked: Question) =>
    vi.waitFor(async () => {
      const answer = await ask(url, asked);
      expect(answer.status).toBe(200);
      return answer;
    });

  it.each([
    ['killed', 'SIGKILL'],
    ['hung', 'SIGSTOP'],
  ] as const)('has a kept answer stand in for a predictor that is %s, and nothing for another', async (_, signal) => {
    const kept = question('digits', 'json', 1);
    const before = await answered(kept);
    process.kill(predictor.pid, signal);
    // Before the breaker is open, and when it is.
    for (let i = 0; i < 8; i++) {
      const standIn = await ask(url, kept);
      expect(did(standIn)).toMatch(/^tandem; fwd=stale; fwd-status=50[34]; ttl=-?\d+$/);
      expect(plain(standIn)).toEqual(plain(before));
    }
    const other = await ask(url, question('digits', 'json', 2));
    expect([did(other), other.status]).toEqual(['tandem; fwd=miss', expect.toSatisfy((status) => status >= 503)]);
  });

  it('answers for a model that was replaced from the new one, once it knows', async () => {
    const asked = question('auto-mpg', 'json', 1);
    const revision = ({ text }: Answer) => JSON.parse(text).parameters.revision;
    expect(revision(await answered(asked))).toBe('before');
    await predictor.stop();
    await keep(startPredictor(other, Number(predictor.url.port)));
    const known = await ask(url, asked);
    expect([did(known), revision(known)]).toEqual([expect.stringMatching(HIT), 'before']);
    await answered(question('auto-mpg', 'json', 2));
    const renewed = await answered(asked);
    expect([did(renewed), revision(renewed)]).toEqual([STORED, 'after']);
  });
});

it('without the var a card that has a cache adds nothing to an answer', async () => {
  const { url } = await keep(startWorkerd([{ worker: 'combined', root }]));
  for (let i = 0; i < 2; i++) {
    const { status, headers } = await ask(url, { path: '/predict', body: JSON.stringify({ features: ROW }) });
    expect([status, Object.keys(headers).sort()]).toEqual([
      200,
      ['content-length', 'content-type', 'x-content-type-options'],
    ]);
  }
  await stopAll();
});
