/**
 * Runs that break off in the middle, in the production bundles on workerd, in one Worker and in two that speak RPC: the
 * client is told why, and the next request is answered as if nothing had been.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeBaked, writeStock } from '../../models/build/artefact.ts';
import { selectModels } from '../../models/build/options.ts';
import { type RunningWorkers, startWorkers } from '../../models/build/start-workers.ts';
import { explainRun } from '../../shared/inference/explain-run.ts';
import { createTensor, DATATYPES } from '../../shared/tensor.ts';
import { ask, type Question } from '../support/ask.ts';
import { bakedFolders } from '../support/baked-models.ts';
import { binaryQuestion } from '../support/binary.ts';
import { answerOf, bitsOf } from '../support/bits.ts';
import { ROW } from '../support/rows.ts';
import { drawPool, drawSequence, type PooledRun } from '../support/run-pool.ts';
import { DAMAGE_NAMES, type Damage, sabotage } from '../support/sabotage.ts';
import { buildWorkers, card, encode } from '../support/test-models.ts';
import { findVictim } from '../support/victim.ts';
import { emptyTensor } from './cases/test-models.ts';

const BAKE_MS = 900_000;
const TIMES = 300;
const vars = { MAX_BODY_BYTES: '10000000', METRICS: '1' };

const BROKEN = 'values or sizes on which it breaks off';
const ANSWERS: Readonly<Record<Damage, string>> = {
  missing: failed(
    500,
    'RUNTIME_INCOMPLETE: this input needs a part of onnxruntime that the build left out; build with --runtime whole',
  ),
  trap: refused('labels', BROKEN),
  garbage: refused('labels', BROKEN),
  recursion: refused('labels', 'calls that are nested too deep'),
};

let found: Awaited<ReturnType<typeof findVictim>>;
let root: string;
let good: PooledRun[];
let bad: PooledRun[];
beforeAll(async () => {
  found = await findVictim();
  const { baked, models } = found;
  root = await buildWorkers((artefact) => writeBaked(bakedFolders(), baked, artefact));
  const pool = await drawPool(baked, models, 5);
  good = pool.filter(({ subject }) => subject.card.name !== 'labels');
  bad = pool.filter(({ subject }) => subject.card.name === 'labels');
}, BAKE_MS);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const FRONTS = { combined: 'combined', gateway: 'predictor' } as const;
const FRONT_NAMES = ['combined', 'gateway'] as const;

let workers: RunningWorkers;
/** What the Workers have logged. */
let log: string[];
beforeEach(() => {
  log = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    log.push(String(chunk));
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await workers.stop();
});

/** Starts the Worker that is asked and the one behind it, if any, with `labels` damaged. */
async function start(front: keyof typeof FRONTS, damage: Damage): Promise<void> {
  const replace = { '.wasm': sabotage(found.baked.wasm, found.slot, damage) };
  const behind = front === 'gateway' ? [{ worker: 'predictor' as const, root, vars, replace }] : [];
  workers = await startWorkers([{ worker: front, root, vars, replace }, ...behind]);
}

function questionOf({ subject, inputs }: PooledRun): Question {
  return binaryQuestion(`/v2/models/${subject.card.name}/infer`, inputs);
}

async function infer(item: PooledRun): Promise<string> {
  return answerOf(await ask(workers.url, questionOf(item)));
}

function failed(status: number, text: string): string {
  return `${status} ${JSON.stringify({ error: text })}`;
}

function refused(model: string, reason: string): string {
  return failed(400, `model "${model}", inputs: expected ones on which the model runs, got ${reason}`);
}

/** What the Workers answer: what the run comes to alone, or its reason in plain words where onnxruntime refuses it. */
function expectedOf({ outcome, subject }: PooledRun): string {
  if (!outcome.startsWith('ERROR_CODE')) return outcome;
  return refused(subject.card.name, explainRun(new Error(outcome)) ?? '');
}

function countEvents(): number {
  return log.join('').split('model labels: run failed').length - 1;
}

describe.each(FRONT_NAMES)('%s', (front) => {
  const holder = FRONTS[front];

  it.each(DAMAGE_NAMES)(
    `${TIMES} runs that end in %s: an answer that says why, other answers exact`,
    async (damage) => {
      await start(front, damage);
      const broken = drawSequence(bad, TIMES, 2);
      let wasmBytes = 0;
      for (const [i, item] of drawSequence(good, TIMES, 1).entries()) {
        const victim = broken[i];
        if (victim !== undefined) expect(await infer(victim)).toBe(ANSWERS[damage]);
        expect(await infer(item)).toBe(expectedOf(item));
        wasmBytes ||= await workers.wasmBytes(holder);
      }
      expect(wasmBytes).toBeGreaterThan(0);
      expect(await workers.wasmBytes(holder)).toBe(wasmBytes);
      // What clients cause is theirs to know; what the build is at fault for, its owner finds in the log.
      const logged = damage === 'missing' ? TIMES : 0;
      await vi.waitFor(() => expect(countEvents()).toBe(logged), { timeout: 5000 });
    },
  );

  it('logs a run that the build is at fault for with the id of its request', async () => {
    await start(front, 'missing');
    const [victim] = drawSequence(bad, 1, 2);
    if (victim === undefined) throw new Error('expected a run to break');
    await ask(workers.url, {
      ...questionOf(victim),
      headers: { ...questionOf(victim).headers, 'x-request-id': 'order-7' },
    });
    await vi.waitFor(() => expect(log.join('')).toContain('model labels: run failed, request order-7'), {
      timeout: 5000,
    });
  });

  it('answers requests that overlap with broken ones exactly', async () => {
    await start(front, 'garbage');
    for (let round = 0; round < 10; round++) {
      const runs = drawSequence([...good, ...bad], 30, round);
      const expected = runs.map((item) => (bad.includes(item) ? ANSWERS.garbage : expectedOf(item)));
      expect(await Promise.all(runs.map(infer))).toEqual(expected);
    }
  });

  it('answers exactly after a broken run that came when the memory had grown, which then grows no further', async () => {
    await start(front, 'garbage');
    const before = await workers.wasmBytes(holder);
    const data = Float64Array.from({ length: 1_000_000 }, (_, i) => i / 7);
    const large = DATATYPES.map((datatype) =>
      datatype === 'FP64' ? createTensor('in_FP64', datatype, [1000, 1000], data) : emptyTensor(datatype),
    );
    const outputs = [{ name: 'out_FP64', parameters: { binary_data: true } }];
    const question = binaryQuestion('/v2/models/every-type/infer', large, { outputs });
    const expected = bitsOf(createTensor('out_FP64', 'FP64', [1000, 1000], data));
    const sizes: number[] = [];
    const items = drawSequence(good, 10, 4);
    for (const [i, item] of [...items, ...items].entries()) {
      expect(answerOf(await ask(workers.url, question)) === expected).toBe(true);
      const victim = bad[i % bad.length];
      if (victim !== undefined) expect(await infer(victim)).toBe(ANSWERS.garbage);
      expect(await infer(item)).toBe(expectedOf(item));
      sizes.push(await workers.wasmBytes(holder));
    }
    expect(Math.min(...sizes)).toBeGreaterThan(before);
    // What a run needs depends a little on the one before it; the second time nothing is new.
    expect(new Set(sizes.slice(items.length)).size).toBe(1);
  });

  it('answers 1,000 runs of all models in any order, refused and broken ones among them, as a fresh isolate', async () => {
    await start(front, 'trap');
    for (const item of drawSequence([...good, ...bad.slice(0, 1)], 1000, 5)) {
      expect(await infer(item)).toBe(bad.includes(item) ? ANSWERS.trap : expectedOf(item));
    }
  });
});

describe('a stock runtime that a request has broken', () => {
  it('is told by that request as its own fault, by every later one, and by ready', async () => {
    const divided = card(
      'divided',
      [
        { name: 'X', datatype: 'FP32', shape: [-1, 3] },
        { name: 'k', datatype: 'INT64', shape: [1] },
      ],
      [{ name: 'Y', datatype: 'FP32', shape: [-1, -1] }],
    );
    // Without rows it divides by their number.
    const nodes = [{ opType: 'TopK', input: ['X', 'k'], output: ['Y', 'at'] }];
    const write = (artefact: string, folder: string) => {
      const onnx = join(folder, 'divided.onnx');
      writeFileSync(onnx, encode({ card: divided, nodes }));
      writeStock([{ card: divided, onnx }, ...selectModels(['auto-mpg'])], artefact);
    };
    const stock = await buildWorkers(write, ['combined']);
    try {
      workers = await startWorkers([{ worker: 'combined', root: stock }]);
      const question = (rows: number) =>
        binaryQuestion('/v2/models/divided/infer', [
          createTensor('X', 'FP32', [rows, 3], new Float32Array(rows * 3)),
          createTensor('k', 'INT64', [1], BigInt64Array.of(1n)),
        ]);
      expect((await ask(workers.url, question(2))).status).toBe(200);
      const broken = await ask(workers.url, question(0));
      expect([broken.status, broken.text]).toEqual([400, expect.stringContaining('a division of an integer by zero')]);
      expect(await ask(workers.url, { path: '/predict', body: JSON.stringify({ features: ROW }) })).toMatchObject({
        status: 503,
        text: expect.stringContaining('--runtime whole'),
      });
      const ready = { method: 'GET', path: '/v2/health/ready' };
      expect(await ask(workers.url, ready)).toMatchObject({
        status: 503,
        text: expect.stringContaining('a run broke'),
      });
    } finally {
      rmSync(stock, { recursive: true });
    }
  });
});
