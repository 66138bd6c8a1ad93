/**
 * Holds a baked module against the stock runtime: the same inputs through the package's public API on the one side and
 * through our binding on the other must give the same bits, and what one refuses the other must refuse in the same words.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { createBakedRuntime } from '../../../shared/inference/baked-runtime.ts';
import type { Session } from '../../../shared/inference/runtime.ts';
import { createStockRuntime } from '../../../shared/inference/stock-runtime.ts';
import type { Tensor } from '../../../shared/tensor.ts';
import { countElements, drawInputs } from '../generate-inputs.ts';
import { tensorBits } from '../tensor-bits.ts';
import type { Baked } from './bake.ts';
import { calibrationInputs, isAffordable, outputChoices } from './calibration.ts';
import type { BakeModel } from './capture.ts';

/** What the thread is given; it answers with the number of runs compared. */
export interface CompareTask {
  readonly baked: Baked;
  readonly models: readonly BakeModel[];
  readonly stock: Uint8Array;
}

const SEED = 23;
/** Runs of each model on random inputs of random batch sizes. */
const RANDOM_RUNS = 200;
/** Most elements in all of them: large inputs get fewer runs. */
const RANDOM_ELEMENTS = 2 ** 23;
const MAX_ROWS = 64;
/** How many times as many rows have to be affordable as the largest random batch has. */
const REPETITIONS = 20;

async function compare({ baked, models, stock }: CompareTask): Promise<number> {
  const reference = createStockRuntime(new WebAssembly.Module(new Uint8Array(stock)));
  const candidate = createBakedRuntime(new WebAssembly.Module(baked.wasm), baked.pages);
  let runs = 0;
  for (const [index, model] of models.entries()) {
    const { card, onnx, samples } = model;
    parentPort?.postMessage(`comparing model ${card.name}`);
    const sessions = [
      await reference.createSession(onnx),
      await candidate.openSession(baked.handles[index] ?? 0),
    ] as const;
    const choices = outputChoices(card);
    for (const inputs of [...samples, ...comparedInputs(model)]) {
      const outputs = choices[runs % choices.length] ?? [];
      const [expected, got] = [
        await outcome(sessions[0], inputs, outputs),
        await outcome(sessions[1], inputs, outputs),
      ];
      const shapes = JSON.stringify(inputs.map(({ shape }) => shape));
      if (expected !== got)
        throw new Error(`model ${card.name}, inputs ${shapes}: expected ${excerpt(expected)}, got ${excerpt(got)}`);
      runs += 1;
    }
  }
  return runs;
}

function* comparedInputs(model: BakeModel): Generator<Tensor[]> {
  yield* calibrationInputs(model);
  const random = xoroshiro128plus(SEED);
  let maxRows = MAX_ROWS;
  while (maxRows > 1 && !isAffordable(model, { rows: maxRows * REPETITIONS })) maxRows -= 1;
  let elements = 0;
  for (let run = 0; run < RANDOM_RUNS && elements < RANDOM_ELEMENTS; run++) {
    const sizes = { rows: uniformInt(random, 1, maxRows) };
    elements += countElements(model.card, sizes);
    yield drawInputs(model.card, sizes, random);
  }
}

/** What a run comes to, bit for bit, as one text. */
async function outcome(session: Session, inputs: readonly Tensor[], outputs: readonly string[]): Promise<string> {
  try {
    return (await session.run(inputs, outputs)).map(tensorBits).join('; ');
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    const refusal = text.indexOf('ERROR_CODE');
    return refusal === -1 ? `broken: ${text}` : text.slice(refusal);
  }
}

const EXCERPT_CHARS = 300;

function excerpt(text: string): string {
  return text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS)}...` : text;
}

if (parentPort !== null) parentPort.postMessage(await compare(workerData as CompareTask));
