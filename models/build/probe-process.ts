/** The process of a probe: loads the models, runs the last one, answers once, and ends. */
import { readFileSync } from 'node:fs';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import * as v from 'valibot';
import { explainRun } from '../../shared/inference/explain-run.ts';
import { RunBroken, RuntimeFailure, type Session } from '../../shared/inference/runtime.ts';
import { ModelCard } from '../../shared/model-card.ts';
import { createTensor, elementCount, type Tensor } from '../../shared/tensor.ts';
import { readPackage } from './bake/onnxruntime.ts';
import { watchedModule } from './bake/watched-module.ts';
import { createWatchedRuntime } from './bake/watched-runtime.ts';
import { endWithParent } from './end-with-parent.ts';
import { findExamplesFor } from './find-example.ts';
import { drawInputs, drawTensors } from './generate-inputs.ts';
import { findDifference, fromJsonTensor, type Golden, JsonTensor, toJsonTensor } from './golden.ts';
import { PROBE_BYTES } from './isolate-limits.ts';
import { runGolden } from './make-golden.ts';
import { readOnnx } from './onnx-model.ts';
import type { ProbeAnswer } from './probe.ts';
import { type Repair, repair } from './repair.ts';
import { workerLimits } from './workers.ts';

const ProbeRequest = v.object({
  files: v.array(v.string()),
  card: v.optional(ModelCard),
  seed: v.number(),
  examples: v.optional(v.array(v.array(JsonTensor)), []),
  hints: v.optional(
    v.object({
      shapes: v.array(v.tuple([v.string(), v.array(v.number())])),
      values: v.array(v.tuple([v.string(), v.union([v.number(), v.string()])])),
    }),
    { shapes: [], values: [] },
  ),
});
type ProbeRequest = v.InferOutput<typeof ProbeRequest>;

/** Most rows of a golden file, and about how many input elements: it is read by every build. */
const GOLDEN_ROWS = 16;
const GOLDEN_ELEMENTS = 50_000;

/** How long inputs are looked for, in milliseconds. */
const SEARCH_MS = 30_000;
const PROGRESS_MS = 3_000;

async function answer(request: ProbeRequest): Promise<ProbeAnswer> {
  const ort = readPackage();
  const runtime = createWatchedRuntime({ wasm: await watchedModule(ort), exports: ort.exports, maxBytes: PROBE_BYTES });
  const { files, card } = request;
  const others = files.slice(0, -1);
  let opened: Opened;
  try {
    for (const file of others) await runtime.createSession(readFileSync(file));
    opened = await openRepaired(readFileSync(files.at(-1) ?? ''), (bytes) => runtime.createSession(bytes));
  } catch (cause) {
    return { ok: false, stage: 'load', message: textOf(cause) };
  }
  const { session, repairs } = opened;
  if (card === undefined) return { ok: true, wasmBytes: runtime.memoryBytes(), takesNan: [], repairs };
  runtime.freeze();
  const ran = await runModel({ ...request, card }, session, () => runtime.memoryBytes());
  return ran.ok ? { ...ran, repairs } : ran;
}

interface Opened {
  readonly session: Session;
  readonly repairs: Repair[];
}

/** Opens a model, and where its shapes contradict each other once more without them. */
async function openRepaired(bytes: Uint8Array, open: (bytes: Uint8Array) => Promise<Session>): Promise<Opened> {
  const repairs: Repair[] = readOnnx(bytes).inputs.some(({ zeros }) => zeros) ? ['zero-sizes'] : [];
  try {
    return { session: await open(repair(bytes, repairs)), repairs };
  } catch (cause) {
    if (!/merge shape info/.test(textOf(cause))) throw cause;
    repairs.push('stated-shapes');
    return { session: await open(repair(bytes, repairs)), repairs };
  }
}

async function runModel(
  { card, seed, examples: given, hints, files }: ProbeRequest & { readonly card: ModelCard },
  session: Session,
  memoryBytes: () => number,
): Promise<ProbeAnswer> {
  const outputs = card.outputs.map(({ name }) => name);
  let first: string | undefined;
  const run = async (inputs: readonly Tensor[]) => {
    try {
      await session.run(inputs, outputs);
      return undefined;
    } catch (cause) {
      const reason = explainRun(cause) ?? textOf(cause);
      first ??= cause instanceof RunBroken ? reason : textOf(cause);
      return reason;
    }
  };
  const examples = given.map((inputs) => inputs.map(fromJsonTensor));
  for (const [index, inputs] of examples.entries()) {
    const reason = await run(inputs);
    if (reason !== undefined) return { ok: false, stage: 'example', message: `example ${index + 1}: ${reason}` };
  }
  const isHinted = hints.shapes.length + hints.values.length > 0;
  const isOrdinary = examples.length === 0 && !isHinted && (await runsOnOrdinary(card, seed, run));
  if (examples.length === 0 && !isOrdinary) {
    const inputs = readOnnx(readFileSync(files.at(-1) ?? '')).inputs;
    const goOn = searchFor(SEARCH_MS);
    const runInTime = async (inputs: readonly Tensor[]) =>
      goOn(inputs.map(({ shape }) => shape)) ? run(inputs) : 'the time is up';
    examples.push(
      ...(await findExamplesFor({ card, inputs, hints, limits: workerLimits(), seed, run: runInTime, goOn })),
    );
    if (examples.length === 0) return { ok: false, stage: 'run', message: first ?? 'no inputs were found' };
  }
  try {
    const golden = await runGolden(session, card, { rows: rowsOf(card), seed, ...(isOrdinary ? {} : { examples }) });
    const difference = await runAgain(session, golden);
    if (difference !== undefined) return { ok: false, stage: 'repeat', message: difference };
    const takesNan = await findNanInputs(session, card, golden);
    const kept = isOrdinary ? {} : { examples: examples.map((inputs) => inputs.map(toJsonTensor)) };
    return { ok: true, wasmBytes: memoryBytes(), golden, takesNan, repairs: [], ...kept };
  } catch (cause) {
    return { ok: false, stage: 'run', message: textOf(cause) };
  }
}

function rowsOf(card: ModelCard): number {
  const row = card.inputs.map(({ shape }) => elementCount(shape.map((size) => (size === -1 ? 3 : size))) / 3);
  const affordable = Math.floor(
    GOLDEN_ELEMENTS /
      Math.max(
        1,
        row.reduce((total, count) => total + count, 0),
      ),
  );
  return Math.min(GOLDEN_ROWS, Math.max(1, affordable));
}

/** Whether it runs on one row, on several, and whatever small whole numbers stand where. */
async function runsOnOrdinary(
  card: ModelCard,
  seed: number,
  run: (inputs: readonly Tensor[]) => Promise<string | undefined>,
) {
  for (const rows of [1, 2, Math.max(1, rowsOf(card) - 3)]) {
    const inputs = drawInputs(card, { rows }, xoroshiro128plus(seed));
    const shapes = inputs.map(({ shape }) => shape);
    const integers = card.inputs.map(() => ({ min: 2, max: 2 }));
    const same = drawTensors(card, { shapes, random: xoroshiro128plus(seed), integers });
    if ((await run(inputs)) !== undefined || (await run(same)) !== undefined) return false;
  }
  return true;
}

/** Says now and then what is tried, until the time is up. */
function searchFor(limitMs: number) {
  const start = performance.now();
  let toldMs = 0;
  return (shapes: readonly (readonly number[])[]): boolean => {
    const spentMs = performance.now() - start;
    if (spentMs - toldMs > PROGRESS_MS) {
      toldMs = spentMs;
      const seconds = `${Math.round(spentMs / 1000)} s of ${limitMs / 1000} s`;
      process.send?.({ progress: `looking for inputs that it runs on, now ${JSON.stringify(shapes)}, ${seconds}` });
    }
    return spentMs < limitMs;
  };
}

/** How the answers differ when the same inputs come again; undefined when they do not. */
async function runAgain(session: Session, { cases }: Golden): Promise<string | undefined> {
  for (const { inputs, outputs } of cases) {
    const names = outputs.map(({ name }) => name);
    const got = await session.run(inputs.map(fromJsonTensor), names);
    const difference = outputs.map((output, i) => findDifference(got[i], output)).find((text) => text !== undefined);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Names of the inputs whose first element may be NaN without NaN in an answer: the model gives it a meaning. */
async function findNanInputs(session: Session, card: ModelCard, { cases: [first] }: Golden): Promise<string[]> {
  const inputs = (first?.inputs ?? []).map(fromJsonTensor);
  const found: string[] = [];
  for (const [index, input] of inputs.entries()) {
    if (input.datatype !== 'FP32' && input.datatype !== 'FP64') continue;
    const data = input.data.slice().fill(Number.NaN, 0, 1);
    const withNan = inputs.with(index, createTensor(input.name, input.datatype, input.shape, data));
    const answers = await session
      .run(
        withNan,
        card.outputs.map(({ name }) => name),
      )
      .catch(() => undefined);
    const isAnswered = answers?.every((output) => !toJsonTensor(output).data.includes('NaN'));
    if (isAnswered === true && input.data.length > 0) found.push(input.name);
  }
  return found;
}

function textOf(cause: unknown): string {
  const first = cause instanceof RuntimeFailure ? cause.cause : cause;
  return first instanceof Error ? first.message : String(first);
}

endWithParent();

process.once('message', async (message) => {
  const answered = await answer(v.parse(ProbeRequest, message));
  process.send?.(answered, () => process.disconnect());
});
