/**
 * Holds a module of the build against the stock runtime: the same inputs through the package's public API on the one side
 * and through our binding on the other must give the same bits, what one refuses the other must refuse in the same words,
 * and where the model breaks off on one it must on the other.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { createBakedRuntime } from '../../../shared/inference/baked-runtime.ts';
import { explainRun, isOutOfMemory } from '../../../shared/inference/explain-run.ts';
import { hasNoElements, RunBroken, RuntimeIncomplete, type Session } from '../../../shared/inference/runtime.ts';
import type { Tensor } from '../../../shared/tensor.ts';
import { versionName } from '../model-name.ts';
import { tensorBits } from '../tensor-bits.ts';
import type { Module } from './bake.ts';
import { type Calibration, ladder, outputChoices } from './calibration.ts';
import { type CalibratedModel, createDraws, extreme, misfits } from './draws.ts';
import { silenceRuntime } from './thread.ts';
import { createWatchedRuntime, type WatchOptions } from './watched-runtime.ts';

/** What the thread is given. */
export interface CompareTask {
  readonly made: Module;
  readonly models: readonly CalibratedModel[];
  /** In the models' order; none where they were not calibrated. */
  readonly calibrations: readonly Calibration[];
  readonly stock: Pick<WatchOptions, 'wasm' | 'exports'>;
}

/** What it answers. */
export interface Comparison {
  readonly runs: number;
  /** How long the first run of each model took on a fresh instance, in milliseconds. */
  readonly firstRunMs: readonly number[];
  /** The first run that ended otherwise: model, inputs, what was expected and what was got. */
  readonly difference?: string | undefined;
}

const SEED = 23;
/** Random requests of each model. */
const RANDOM_RUNS = 200;
/** How long the comparison of one model may take, in milliseconds; its golden inputs are compared in any case. */
const TIME_LIMIT_MS = 10_000;

async function compare({ made, models, calibrations, stock }: CompareTask): Promise<Comparison> {
  const reference = createWatchedRuntime(stock);
  const candidate = createBakedRuntime(new WebAssembly.Module(made.wasm), made.pages);
  const references: Session[] = [];
  for (const { onnx } of models) references.push(await reference.createSession(onnx));
  reference.freeze();
  const firstRunMs: number[] = [];
  let difference: string | undefined;
  let runs = 0;
  for (const [index, model] of models.entries()) {
    const { card } = model;
    parentPort?.postMessage(`comparing model ${versionName(card)}`);
    const [expectedFrom, gotFrom] = [references[index], await candidate.openSession(made.handles[index] ?? 0)];
    if (expectedFrom === undefined) continue;
    const choices = outputChoices(card);
    const start = performance.now();
    let compared = 0;
    for (const inputs of comparedInputs(model, calibrations[index])) {
      const outputs = choices[runs % choices.length] ?? [];
      const before = performance.now();
      let got = await outcome(gotFrom, inputs, outputs);
      firstRunMs[index] ??= performance.now() - before;
      let expected = await outcome(expectedFrom, inputs, outputs);
      // What earlier runs have left in the two memories differs, and so may where large inputs fail: once more, then.
      if (expected !== got)
        [got, expected] = [await outcome(gotFrom, inputs, outputs), await outcome(expectedFrom, inputs, outputs)];
      const shapes = JSON.stringify(inputs.map(({ shape }) => shape));
      const isComparable = expected !== NO_MEMORY && got !== NO_MEMORY;
      if (expected !== got && isComparable)
        difference ??= `model ${versionName(card)}, inputs ${shapes}: expected ${excerpt(expected)}, got ${excerpt(got)}`;
      runs += 1;
      compared += 1;
      if (performance.now() - start > TIME_LIMIT_MS && compared >= model.samples.length) break;
    }
  }
  return { runs, firstRunMs, difference };
}

function* comparedInputs(model: CalibratedModel, calibration: Calibration | undefined): Generator<readonly Tensor[]> {
  const { samples } = model;
  yield* samples;
  for (const shift of [0, 1, 2, 3]) yield (samples[0] ?? []).map((tensor) => extreme(tensor, shift));
  yield* misfits(samples[0] ?? []);
  if (calibration === undefined) return;
  const { axes } = calibration;
  const random = xoroshiro128plus(SEED);
  const base = (samples[0] ?? []).map(({ shape }) => shape);
  const draws = createDraws(model, base, random);
  const sizes = axes.map(({ size }) => size);
  for (const [index, { top }] of axes.entries()) {
    for (const size of ladder(top)) yield draws.at(axes, sizes.with(index, size));
  }
  const runnable = axes.map(({ size, top }) => [size, uniformInt(random, size, top)]);
  for (let run = 0; run < RANDOM_RUNS; run++) yield draws.unseen(axes, runnable);
}

const NO_MEMORY = 'out of memory';

/** What a run comes to, bit for bit, as one text. */
async function outcome(session: Session, inputs: readonly Tensor[], outputs: readonly string[]): Promise<string> {
  try {
    const answers = await session.run(inputs, outputs);
    // Of no elements some kernels make outputs that they never write.
    const isWritten = !hasNoElements(inputs);
    return answers.map((tensor) => (isWritten ? tensorBits(tensor) : `${tensor.name} [${tensor.shape}]`)).join('; ');
  } catch (cause) {
    if (isOutOfMemory(cause)) return NO_MEMORY;
    if (cause instanceof RuntimeIncomplete) return 'a function that the build left out';
    const text = cause instanceof Error ? cause.message : String(cause);
    return cause instanceof RunBroken
      ? `broken off: ${explainRun(cause)}`
      : text.slice(Math.max(0, text.indexOf('ERROR_CODE')));
  }
}

const EXCERPT_CHARS = 300;

function excerpt(text: string): string {
  return text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS)}...` : text;
}

if (parentPort !== null) {
  silenceRuntime();
  parentPort.postMessage(await compare(workerData as CompareTask));
}
