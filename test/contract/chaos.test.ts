/**
 * Whatever is asked of one model, every other one goes on to answer: requests without rows, of zeros, extremes, NaN, the
 * largest integers, indices out of range, empty and long texts, in random order with good requests between. 10,000 of
 * them, more by CHAOS_REQUESTS.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBaked } from '../../models/build/artefact.ts';
import type { Baked } from '../../models/build/bake/bake.ts';
import { bakeModels } from '../../models/build/bake/bake-models.ts';
import { extreme } from '../../models/build/bake/draws.ts';
import { drawInputs } from '../../models/build/generate-inputs.ts';
import { fromJsonTensor, Golden } from '../../models/build/golden.ts';
import type { ModelFolder } from '../../models/build/model-folder.ts';
import { selectModels } from '../../models/build/options.ts';
import { type RunningWorkers, startWorkers } from '../../models/build/start-workers.ts';
import { decodeElements } from '../../shared/http/tensor-bytes.ts';
import { MAX_BODY_BYTES, MAX_WASM_BYTES } from '../../shared/limits.ts';
import { createTensor, DATATYPES, type Tensor, TYPED_ARRAYS } from '../../shared/tensor.ts';
import { type Answer, ask, type Question } from '../support/ask.ts';
import { binaryQuestion, cut } from '../support/binary.ts';
import { answerOf } from '../support/bits.ts';
import { addCase, CASES, REFUSED, readCase, SERVED } from '../support/case-models.ts';
import { buildWorkers } from '../support/test-models.ts';

const REQUESTS = Number(process.env.CHAOS_REQUESTS ?? 10_000);
const START_MS = 1_200_000;
const LONG_TEXT = 'é'.repeat(50_000);

const FOLDER = mkdtempSync(join(tmpdir(), 'tandem-chaos-'));
if (SERVED.length === 0) process.stderr.write(`chaos: no ${CASES}, so only with the project's own models\n`);

let models: ModelFolder[];
let baked: Baked;
let root: string;
beforeAll(async () => {
  models = [...selectModels(undefined)];
  for (const file of SERVED) models.push(await addCase(FOLDER, file));
  baked = await bakeModels({ folders: models, runtime: 'baked', log: () => undefined });
  root = await buildWorkers((artefact) => writeBaked(models, baked, artefact));
}, START_MS);
afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  rmSync(root, { recursive: true, force: true });
});

it.each(REFUSED)('%s is refused with the remedy', async (file) => {
  await expect(addCase(FOLDER, file)).rejects.toThrow(/zipmap|with a tensor in its place/);
});

it('every model is baked together, cut, with what broke it off kept', () => {
  expect([baked.runtime, baked.warning]).toEqual(['baked', undefined]);
  expect(baked.calibrations.map(({ ran }) => ran > 0)).toEqual(models.map(({ card }) => card.inputs.some(varies)));
  const knn = baked.calibrations[models.findIndex(({ card }) => card.name === 'c-knn')];
  if (knn !== undefined) expect(knn.failed.join()).toContain('a division of an integer by zero');
});

function varies({ shape }: { readonly shape: readonly number[] }): boolean {
  return shape.includes(-1);
}

/** A request with the answer that it must have, or none where any answer will do that is not the server's fault. */
interface Asked {
  readonly question: Question;
  readonly expected?: string;
}

function questionOf(model: string, inputs: readonly Tensor[]): Question {
  return binaryQuestion(`/v2/models/${model}/infer`, inputs);
}

/** The golden requests of a model. That they are answered as on the stock runtime, the bake has made sure of. */
function goodRequests({ card, onnx }: ModelFolder): Question[] {
  const { cases } = v.parse(Golden, JSON.parse(readFileSync(join(dirname(onnx), 'golden.json'), 'utf8')));
  return cases.map(({ inputs }) => questionOf(card.name, inputs.map(fromJsonTensor)));
}

/** The requests with their answers on Workers that have answered nothing bad yet. */
async function answered(url: URL, questions: readonly Question[]): Promise<Required<Asked>[]> {
  const asked: Required<Asked>[] = [];
  for (const question of questions) {
    const answer = await ask(url, question);
    expect([question.path, answer.status]).toEqual([question.path, 200]);
    asked.push({ question, expected: answerOf(answer) });
  }
  return asked;
}

/** The elements of each output of a binary answer. */
function elementsOf(answer: Answer): Map<string, readonly unknown[]> {
  const { json, binary } = cut(answer);
  let at = 0;
  const outputs = v.parse(v.array(Output), json.outputs).map(({ name, datatype, parameters }) => {
    const bytes = binary.subarray(at, at + parameters.binary_data_size);
    at += bytes.length;
    const elements = decodeElements(datatype, bytes);
    return [name, elements.ok ? Array.from<unknown>(elements.value) : []] as const;
  });
  return new Map(outputs);
}

const Output = v.object({
  name: v.string(),
  datatype: v.picklist(DATATYPES),
  parameters: v.object({ binary_data_size: v.number() }),
});

/** Labels are equal; numbers differ by what float32 and another order of sums make of them. */
function isClose(got: unknown, expected: unknown): boolean {
  if (typeof got === 'string') return got === String(expected);
  const [a, b] = [Number(got), Number(expected)];
  return Object.is(a, b) || Math.abs(a - b) <= 1e-4 + 1e-3 * Math.abs(b);
}

function filled({ name, datatype, shape, data }: Tensor, value: number): Tensor {
  if (datatype === 'BYTES')
    return createTensor(
      name,
      datatype,
      shape,
      Array.from(data, () => (value === 0 ? '' : LONG_TEXT)),
    );
  const elements = new TYPED_ARRAYS[datatype](data.length);
  if (elements instanceof BigInt64Array || elements instanceof BigUint64Array) elements.fill(BigInt(value));
  else elements.fill(datatype === 'BOOL' ? Number(value !== 0) : value);
  return createTensor(name, datatype, shape, elements);
}

/** Every way in which a request of the right form can be bad. */
const BAD: readonly ((inputs: readonly Tensor[], random: () => number) => readonly Tensor[])[] = [
  (inputs) => inputs.map((tensor) => filled(tensor, 0)),
  (inputs) => inputs.map((tensor) => filled(tensor, -1)),
  (inputs) => inputs.map((tensor) => filled(tensor, 65)),
  (inputs, random) => inputs.map((tensor) => extreme(tensor, random())),
  (inputs, random) => inputs.map((tensor, i) => (i === random() % inputs.length ? extreme(tensor, random()) : tensor)),
];

describe.each([
  ['one Worker', ['combined'], 'combined'],
  ['two', ['gateway', 'predictor'], 'predictor'],
] as const)('%s', (_, names, holder) => {
  let workers: RunningWorkers;
  beforeAll(async () => {
    workers = await startWorkers(names.map((worker) => ({ worker, root })));
  });
  afterAll(() => workers.stop());

  it.each(SERVED.filter((file) => readCase(file) !== undefined))(
    '%s answers as the training library does',
    async (file) => {
      const found = readCase(file);
      const answer = await ask(workers.url, questionOf(file.replace('.onnx', ''), found?.inputs ?? []));
      const elements = elementsOf(answer);
      for (const [name, expected] of found?.expected ?? []) {
        const got = elements.get(name) ?? [];
        const wrong = expected.findIndex((value, i) => !isClose(got[i], value));
        expect([name, got.length, wrong, got[wrong]]).toEqual([name, expected.length, -1, undefined]);
      }
    },
  );

  it(
    `${REQUESTS / 2} requests, good and bad: every good answer exact, none the server's fault, memory within bounds`,
    async () => {
      const random = xoroshiro128plus(names.length);
      const draw = (most: number) => uniformInt(random, 0, most);
      const good = await answered(workers.url, models.flatMap(goodRequests));
      const sizes = [0, 1, 2, 3, 8, 17, 64, 65, 300];
      let right200 = 0;
      for (let i = 0; i < REQUESTS / 2; i++) {
        const { card } = models[draw(models.length - 1)] ?? {};
        const isGood = draw(1) === 0;
        const right = good[draw(good.length - 1)];
        if (card === undefined || right === undefined) continue;
        const drawn = { rows: sizes[draw(sizes.length - 1)] ?? 1, others: sizes[draw(5)] ?? 1 };
        const bad = () => BAD[draw(BAD.length - 1)]?.(drawInputs(card, drawn, random), () => draw(7)) ?? [];
        const asked: Asked = isGood ? right : { question: questionOf(card.name, bad()) };
        // A body over the limit is answered before it is sent whole, which a client may take for a broken connection.
        if ((asked.question.body?.length ?? 0) > MAX_BODY_BYTES) continue;
        const answer = await ask(workers.url, asked.question);
        if (asked.expected !== undefined) expect(answerOf(answer)).toBe(asked.expected);
        else expect([asked.question.path, answer.status < 500 || answer.text]).toEqual([asked.question.path, true]);
        right200 += answer.status === 200 ? 1 : 0;
      }
      expect(right200).toBeGreaterThan(REQUESTS / 4);
      expect(await workers.wasmBytes(holder)).toBeLessThanOrEqual(MAX_WASM_BYTES);
      expect((await ask(workers.url, { method: 'GET', path: '/v2/health/ready' })).text).toBe('{"ready":true}');
      for (const { question, expected } of good) expect(answerOf(await ask(workers.url, question))).toBe(expected);
    },
    START_MS,
  );
});
