/** Observed deployments, on the production bundles: every request is counted and logged once, with its id and its trace. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort, HOST, spawnBound } from '../../bench/arms/processes.ts';
import { startWorkerd } from '../../bench/arms/workerd.ts';
import { findInstalled } from '../../bench/peers/peers.ts';
import { ROOT } from '../../models/build/workers.ts';
import { ask, type Question } from '../support/ask.ts';
import { readMetrics, sumOf } from '../support/prometheus.ts';
import { NAMED, ROW } from '../support/rows.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const VARS = { LOG_REQUESTS: '1', METRICS: '1' };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;

interface Server {
  readonly url: URL;
  stop(): Promise<unknown>;
}

/** What the servers have written. */
let said = '';
let stops: Server['stop'][] = [];
beforeEach(() => {
  said = '';
  stops = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    said += chunk;
    return true;
  });
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  vi.restoreAllMocks();
});

function keep<T extends Server>(server: T): T {
  stops.push(server.stop);
  return server;
}

const gateway = (vars: Record<string, string> = {}) => ({ worker: 'gateway' as const, vars: { ...VARS, ...vars } });

async function startPairOverHttp(): Promise<Server> {
  const { url } = keep(await startWorkerd([{ worker: 'predictor', vars: { ...VARS, DEPLOYMENT: 'predictor' } }]));
  return keep(await startWorkerd([gateway({ PREDICTOR_TRANSPORT: 'http', PREDICTOR_URL: url.origin })]));
}

async function startDeno(): Promise<Server> {
  const port = await freePort(0);
  const flags = ['--no-lock', '--allow-read', '--allow-env', '--host', HOST, '--port', String(port)];
  const command = [findInstalled('deno') ?? '', 'serve', ...flags, `${ROOT}/dist/deno/combined.js`];
  const child = spawnBound('TERM', command, { env: { ...process.env, ...VARS }, stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout?.on('data', (chunk) => process.stderr.write(chunk));
  const url = new URL(`http://${HOST}:${port}`);
  const stop = async () => child.kill();
  const isThere = () =>
    ask(url, { method: 'OPTIONS', path: '/' }).then(
      () => true,
      () => false,
    );
  await vi.waitUntil(isThere, { timeout: 20_000 });
  return keep({ url, stop });
}

type Line = Readonly<Record<string, unknown>>;

/** The lines so far that `isMeant` takes, once there are as many. */
async function linesOf(count: number, isMeant: (line: Line) => boolean): Promise<Line[]> {
  const lines = () => {
    const all = said.split('\n').filter((line) => line.startsWith('{'));
    return all.map((line): Line => JSON.parse(line)).filter(isMeant);
  };
  await vi.waitUntil(() => lines().length >= count);
  return lines();
}

const tensor = { name: 'X', datatype: 'FP32', shape: [1, 8] };
const infer = (input: object): Question => {
  return { path: '/v2/models/auto-mpg/infer', body: JSON.stringify({ inputs: [input] }) };
};
const predict = (body: object): Question => ({ path: '/predict', body: JSON.stringify(body) });
const FAR = [...ROW.slice(0, 5), 99, ...ROW.slice(6)];

/** A request, how often it is sent, and what must be counted of it: route, status, model, rows, values outside and missing. */
const SENT = [
  [infer({ ...tensor, data: ROW }), 3, ['POST /v2/models/:model/infer', 200, 'auto-mpg', 1, 0, 0]],
  [predict({ instances: [ROW, FAR, FAR] }), 2, ['POST /predict', 200, 'auto-mpg', 3, 2, 0]],
  [predict({ features: NAMED }), 1, ['POST /predict', 200, 'auto-mpg', 1, 0, 0]],
  [predict({ features: [1] }), 2, ['POST /predict', 400, 'auto-mpg']],
  [infer({ ...tensor, datatype: 'FP64', data: ROW }), 2, ['POST /v2/models/:model/infer', 400, 'auto-mpg']],
  [
    { path: '/models/penguins/predict', body: '{"features":[null,18,200,4000]}' },
    2,
    ['POST /models/:model/predict', 200, 'penguins', 1, 0, 1],
  ],
  [{ path: '/models/none/predict', body: '{"features":[1]}' }, 2, ['POST /models/:model/predict', 404, '']],
  [{ method: 'GET', path: '/v2/health/ready' }, 2, ['GET /v2/health/ready', 200, '']],
  [{ method: 'GET', path: '/predict?secret=1' }, 1, ['none', 405, '']],
] as const satisfies readonly (readonly [Question, number, readonly unknown[]])[];

const STARTS: readonly (readonly [string, () => Promise<Server>])[] = [
  ['combined', async () => keep(await startWorkerd([{ worker: 'combined', vars: VARS }]))],
  ['pair-rpc', async () => keep(await startWorkerd([gateway(), { worker: 'predictor' }]))],
  ['pair-http', startPairOverHttp],
  ['deno', startDeno],
];

describe.each(STARTS.filter(([name]) => name !== 'deno' || findInstalled('deno') !== undefined))('%s', (_, start) => {
  it('counts every request once, and logs it with the id that its answer has', async () => {
    const { url } = await start();
    // A gateway knows the models from now on.
    await ask(url, { method: 'GET', path: '/v2/models/auto-mpg' });
    const before = await ask(url, { method: 'GET', path: '/metrics' });
    const counted = sumOf(readMetrics(before.text), 'tandem_requests_total');
    expect(before.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const questions = SENT.flatMap(([question, times, counted]) => Array(times).fill({ question, counted }));
    const answers = await Promise.all(
      questions.map(async ({ question, counted }, i) => {
        const headers = { ...question.headers, 'x-request-id': `test-${i}`, traceparent: TRACEPARENT };
        const answer = await ask(url, { ...question, headers });
        expect(answer.headers['x-request-id']).toBe(`test-${i}`);
        return { status: answer.status, counted };
      }),
    );
    for (const { status, counted } of answers) expect(status).toBe(counted[1]);

    const isMeant = ({ id, deployment }: Line) => String(id).startsWith('test-') && deployment !== 'predictor';
    const lines = await linesOf(questions.length, isMeant);
    const told = new Map(lines.map((line) => [line.id, line]));
    expect([lines.length, told.size]).toEqual([questions.length, questions.length]);
    questions.forEach(({ counted }, i) => {
      const { trace, route, status, model = '', rows, outOfRange, missing } = told.get(`test-${i}`) ?? {};
      expect(trace).toBe(TRACE);
      expect([route, status, model]).toEqual(counted.slice(0, 3));
      if (status === 200 && model !== '') expect([rows, outOfRange, missing]).toEqual(counted.slice(3));
    });
    expect(said).not.toContain('secret');

    const samples = readMetrics((await ask(url, { method: 'GET', path: '/metrics' })).text);
    const count = (labels: Record<string, string>) => sumOf(samples, 'tandem_requests_total', labels);
    const kinds = new Set(SENT.map(([, , [route, status, model]]) => JSON.stringify([route, status, model])));
    for (const kind of kinds) {
      const [route, status, model] = JSON.parse(kind);
      const times = questions.filter(({ counted }) => JSON.stringify(counted.slice(0, 3)) === kind).length;
      expect([kind, count({ route, status: String(status), model })]).toEqual([kind, times]);
    }
    expect(count({})).toBe(counted + 1 + questions.length);
    expect(sumOf(samples, 'tandem_inference_rows_total', { model: 'auto-mpg' })).toBe(10);
    expect(sumOf(samples, 'tandem_inference_duration_seconds_count')).toBe(8);
    expect(sumOf(samples, 'tandem_feature_out_of_range_total')).toBe(4);
    expect(sumOf(samples, 'tandem_feature_out_of_range_total', { feature: 'model_year' })).toBe(4);
    expect(sumOf(samples, 'tandem_feature_missing_total', { model: 'penguins' })).toBe(2);
  });
});

it('has the same id and trace in the lines of both processes of a pair', async () => {
  const { url } = await startPairOverHttp();
  const isBehind = (wanted: boolean) => (line: Line) => {
    return (
      (line.deployment === 'predictor') === wanted && String(line.route).startsWith(wanted ? 'POST /v2/models' : 'POST')
    );
  };
  await ask(url, { ...predict({ features: ROW }), headers: { 'x-request-id': 'one', traceparent: TRACEPARENT } });
  await ask(url, predict({ features: ROW }));
  const [front, back] = [await linesOf(2, isBehind(false)), await linesOf(2, isBehind(true))];
  expect(front.map(({ id, trace }) => [id, trace])).toEqual([
    ['one', TRACE],
    [expect.stringMatching(/^[\da-f-]{36}$/), undefined],
  ]);
  expect(back.map(({ id, trace }) => [id, trace])).toEqual(front.map(({ id, trace }) => [id, trace]));
});

describe('a gateway before a server of another make', () => {
  const sent = {
    traceparent: TRACEPARENT,
    tracestate: 'rojo=00f067aa0ba902b7',
    'x-request-id': 'abc',
    authorization: 'Bearer k',
  };
  const carriedTo = async (headers: Record<string, string>, vars: Record<string, string>) => {
    const upstream = await scriptedServer({ status: 400, body: '{"error":"no"}' });
    try {
      const set = { PREDICTOR_TRANSPORT: 'http', PREDICTOR_URL: upstream.url.origin, ...vars };
      const { url } = keep(await startWorkerd([{ worker: 'gateway', vars: set }]));
      const answer = await ask(url, { ...infer({ ...tensor, data: ROW }), headers });
      expect([answer.status, answer.text]).toEqual([400, '{"error":"no"}']);
      const names = ['traceparent', 'tracestate', 'x-request-id', 'authorization'];
      const asked = upstream.asked.find(({ url: path }) => path?.endsWith('/infer'));
      return Object.fromEntries(Object.entries(asked?.headers ?? {}).filter(([name]) => names.includes(name)));
    } finally {
      upstream.close();
    }
  };

  it('hands on trace and id, and nothing else', async () => {
    const { authorization: _, ...carried } = sent;
    expect(await carriedTo(sent, { METRICS: '1' })).toEqual(carried);
  });

  it('drops a trace that is none', async () => {
    const got = await carriedTo({ ...sent, traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }, { METRICS: '1' });
    expect(got).toEqual({ 'x-request-id': 'abc' });
  });

  it('hands on nothing where nothing is observed', async () => {
    expect(await carriedTo(sent, {})).toEqual({});
  });
});
