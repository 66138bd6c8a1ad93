/**
 * Gateways over predictors that hang, trickle, throw, answer garbage, are overloaded or killed: every request ends in a right
 * answer or in an error that says what happened, and the counts add up. Real processes, on workerd and Deno.
 */
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startWorkerd, type WorkerdProcess } from '../../bench/arms/workerd.ts';
import { ask } from '../support/ask.ts';
import { HAS_DENO, startDenoGateway } from '../support/deno-gateway.ts';
import { listen } from '../support/listen.ts';
import { MOODY_ANSWER, moodyBuild } from '../support/moody-predictor.ts';
import { CARD, PREDICTION, ROW } from '../support/rows.ts';

type Vars = Readonly<Record<string, string>>;
type Running = Pick<WorkerdProcess, 'url' | 'stop'>;

let root: string;
beforeAll(() => {
  root = moodyBuild();
});
afterAll(() => rmSync(root, { recursive: true }));

const running: Running[] = [];
async function keep<T extends Running>(started: Promise<T>): Promise<T> {
  running.push(await started);
  return started;
}
beforeEach(() => {
  // What was lost is logged, with its stack.
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const { stop } of running.splice(0)) await stop();
});

const LIMITS = { DEADLINE_MS: '400', MAX_CALLS: '8' };

/** A gateway over the moody predictor. */
async function startBound(transport: string, vars: Vars): Promise<Running> {
  const gateway = { worker: 'gateway', vars: { PREDICTOR_TRANSPORT: transport, ...vars } } as const;
  return keep(startWorkerd([gateway, { worker: 'predictor', root }]));
}

async function startApart(vars: Vars, gatewayAt: (vars: Vars) => Promise<Running>): Promise<Running> {
  const predictor = await keep(startWorkerd([{ worker: 'predictor', root }]));
  return keep(gatewayAt({ PREDICTOR_URL: predictor.url.origin, ...vars }));
}

/** A gateway on workerd whose predictor is behind a URL. */
function startHttpGateway(vars: Vars): Promise<WorkerdProcess> {
  return startWorkerd([{ worker: 'gateway', vars: { PREDICTOR_TRANSPORT: 'http', ...vars } }]);
}

const GATEWAYS_APART: readonly (readonly [string, (vars: Vars) => Promise<Running>])[] = [
  ['workerd', startHttpGateway],
  ...(HAS_DENO ? ([['deno', startDenoGateway]] as const) : []),
];

const GATEWAYS: readonly (readonly [string, (vars: Vars) => Promise<Running>])[] = [
  ['rpc', (vars) => startBound('rpc', vars)],
  ['fetch', (vars) => startBound('fetch', vars)],
  ['http', (vars) => startApart(vars, startHttpGateway)],
  ...(HAS_DENO ? ([['deno', (vars: Vars) => startApart(vars, startDenoGateway)]] as const) : []),
];

const BODY = JSON.stringify({ inputs: [{ name: 'X', datatype: 'FP32', shape: [1], data: [1] }] });

/** The answer's element, or status and text of the error. */
async function infer(url: URL, mood: string): Promise<string> {
  const { status, text } = await ask(url, { path: `/v2/models/${mood}/infer`, body: BODY });
  const { outputs, error } = JSON.parse(text);
  return status === 200 ? String(outputs[0].data[0]) : `${status} ${error}`;
}

const ROW_BODY = JSON.stringify({
  inputs: [{ name: CARD.inputs[0]?.name, datatype: 'FP32', shape: [1, ROW.length], data: ROW }],
});

/** The same of the model that the real predictor has. */
async function inferRow(url: URL): Promise<string> {
  const { status, text } = await ask(url, { path: '/v2/models/auto-mpg/infer', body: ROW_BODY });
  const { outputs, error } = JSON.parse(text);
  return status === 200 ? String(outputs[0].data[0]) : `${status} ${error}`;
}

const WELL_ROW = String(PREDICTION);

/** A request every few milliseconds, whatever becomes of those before it. */
function askAllTheTime(url: URL) {
  const answers: Promise<string>[] = [];
  let last = '';
  const one = async () => {
    last = await inferRow(url);
    return last;
  };
  const timer = setInterval(() => answers.push(one()), 10);
  return {
    /** Resolves when the last answer is such a one. */
    until: (expected: string | RegExp) =>
      vi.waitFor(() => expect(last).toEqual(expect.stringMatching(expected)), { timeout: 60_000 }),
    /** All answers, one for each request. */
    end: () => {
      clearInterval(timer);
      return Promise.all(answers);
    },
  };
}

const WELL = String(MOODY_ANSWER);
const LATE = /^504 predictor: expected an answer within 400 ms \(var DEADLINE_MS\), got none$/;
const BUSY = '503 predictor: expected fewer than 8 calls under way (var MAX_CALLS), got as many';
const DOWN = /^503 predictor: expected an answer, got none to the last ones; it is tried again in \d+ ms$/;

describe.each(GATEWAYS)('a gateway over %s', (_, start) => {
  it('answers every request over a predictor in every mood, in any order', async () => {
    const { url } = await start(LIMITS);
    const expected: Readonly<Record<string, string | RegExp>> = {
      well: WELL,
      hang: LATE,
      trickle: LATE,
      late: LATE,
      throw: /^50[023] /,
      garbage: /^502 predictor: expected an answer of the Open Inference Protocol v2, got /,
      unavailable: '503 model "unavailable": expected it ready, got none',
      slow: WELL,
    };
    for (const [mood, answer] of Object.entries(expected)) {
      expect([mood, await infer(url, mood)]).toEqual([mood, expect.stringMatching(answer)]);
      expect(await infer(url, 'well')).toBe(WELL);
    }
    const moods = Array.from({ length: 10 }, () => Object.keys(expected)).flat();
    const answers = await Promise.all(moods.map((mood) => infer(url, mood)));
    for (const [i, answer] of answers.entries()) {
      const right = expected[moods[i] ?? ''] ?? '';
      if (answer !== BUSY && !DOWN.test(answer))
        expect([moods[i], answer]).toEqual([moods[i], expect.stringMatching(right)]);
    }
    expect(answers).toContain(BUSY);
    await vi.waitFor(async () => expect(await infer(url, 'well')).toBe(WELL), { timeout: 60_000 });
  });

  it('waits no more for a predictor that has not answered some calls in a row, until it answers one', async () => {
    const { url } = await start(LIMITS);
    for (let i = 0; i < 5; i++) expect(await infer(url, 'garbage')).toMatch(/^502/);
    const down = await ask(url, { path: '/v2/models/well/infer', body: BODY });
    expect(`${down.status} ${JSON.parse(down.text).error}`).toMatch(DOWN);
    expect(down.headers['retry-after']).toBe('1');
    await vi.waitFor(async () => expect(await infer(url, 'well')).toBe(WELL), { timeout: 60_000 });
    expect(await infer(url, 'well')).toBe(WELL);
  });

  it('is not filled up by clients that leave', async () => {
    const { url } = await start({ MAX_CALLS: '8', DEADLINE_MS: '3000' });
    const leaving = new AbortController();
    const left: Promise<unknown>[] = [];
    const hang = () => {
      const path = new URL('/v2/models/hang/infer', url);
      return fetch(path, { method: 'POST', body: BODY, signal: leaving.signal }).catch(() => 'left');
    };
    // One more each time: a call that is answered has a place for a while.
    const fill = async () => {
      left.push(hang());
      expect(await infer(url, 'well')).toBe(BUSY);
    };
    await vi.waitFor(fill, { timeout: 60_000 });
    leaving.abort();
    expect(await Promise.all(left)).toContain('left');
    await vi.waitFor(async () => expect(await infer(url, 'well')).toBe(WELL), { timeout: 60_000 });
  });

  it('has a second predictor answer for one that does not', async () => {
    const second = await keep(startWorkerd([{ worker: 'predictor' }]));
    const { url } = await start({ ...LIMITS, DEADLINE_MS: '4000', PREDICTOR_FALLBACK_URL: second.url.origin });
    for (let i = 0; i < 10; i++) expect(await inferRow(url)).toBe(String(PREDICTION));
    // It has no such model, and so it is the first one's failure that is told.
    expect(await infer(url, 'unavailable')).toMatch(/^503 (model "unavailable"|predictor: .* it is tried again)/);
  });
});

describe.each(GATEWAYS_APART)('a gateway on %s whose predictor is killed', (_, gatewayAt) => {
  it('refuses in words what comes meanwhile, and answers again once it is back', async () => {
    const victim = await startWorkerd([{ worker: 'predictor' }]);
    const { url } = await keep(gatewayAt({ PREDICTOR_URL: victim.url.origin }));
    const asked = askAllTheTime(url);
    await asked.until(WELL_ROW);
    process.kill(victim.pid, 'SIGKILL');
    await asked.until(/^503 .*it is tried again in/);
    await keep(startWorkerd([{ worker: 'predictor' }], { port: Number(victim.url.port) }));
    await asked.until(WELL_ROW);
    const answers = await asked.end();
    for (const answer of answers)
      if (answer !== WELL_ROW)
        expect(answer).toMatch(/^503 predictor: expected (an answer, got none|fewer than 64 calls)/);
  });

  it('has the second one answer everything meanwhile', async () => {
    const victim = await startWorkerd([{ worker: 'predictor' }]);
    const second = await keep(startWorkerd([{ worker: 'predictor' }]));
    const { url } = await keep(
      gatewayAt({
        PREDICTOR_URL: victim.url.origin,
        PREDICTOR_FALLBACK_URL: second.url.origin,
        MAX_CALLS: '1000',
      }),
    );
    const asked = askAllTheTime(url);
    await asked.until(WELL_ROW);
    process.kill(victim.pid, 'SIGKILL');
    await sleep(1_500);
    await keep(startWorkerd([{ worker: 'predictor' }], { port: Number(victim.url.port) }));
    await sleep(1_000);
    expect(new Set(await asked.end())).toEqual(new Set([WELL_ROW]));
  });
});

it.each(GATEWAYS_APART)('a gateway on %s ends the call that it waits for no more', async (_, gatewayAt) => {
  const ended = Promise.withResolvers<void>();
  const hanging = createServer((_, response) => response.once('close', ended.resolve));
  const server = await listen(hanging);
  const { url } = await keep(gatewayAt({ ...LIMITS, PREDICTOR_URL: server.url.origin }));
  expect(await infer(url, 'any')).toMatch(LATE);
  await ended.promise;
  server.close();
});

it('a second predictor may be another binding', async () => {
  const fallback = { binding: 'PREDICTOR_FALLBACK', service: 'tandem-floor', entrypoint: 'FloorPredictor' };
  const gateway = { worker: 'gateway', services: [fallback] } as const;
  const { url } = await keep(startWorkerd([gateway, { worker: 'predictor', root }, { worker: 'floor' }]));
  // The floor computes in 64 bits and rounds once.
  expect(Number(await inferRow(url))).toBeCloseTo(PREDICTION, 3);
});

it('nothing waits or is refused where resilience is off', async () => {
  const { url } = await startBound('rpc', { RESILIENCE: 'off', ...LIMITS });
  expect(await infer(url, 'late')).toMatch(/^503 predictor: expected an answer/);
  for (let i = 0; i < 10; i++) await infer(url, 'garbage');
  expect(await infer(url, 'well')).toBe(WELL);
});

it('a Worker with a var that is nonsense does not start', async () => {
  await expect(startBound('rpc', { DEADLINE_MS: 'soon' })).rejects.toThrow(
    'var DEADLINE_MS: expected a positive integer up to 2147483647',
  );
});
