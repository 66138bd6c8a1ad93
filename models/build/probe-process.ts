/** The process of a probe: loads the models, runs the last one, answers once, and ends. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { RuntimeFailure, type Session } from '../../shared/inference/runtime.ts';
import { createStockRuntime } from '../../shared/inference/stock-runtime.ts';
import { ModelCard } from '../../shared/model-card.ts';
import { RUNTIME_WASM } from './artefact.ts';
import { endWithParent } from './end-with-parent.ts';
import { countElements } from './generate-inputs.ts';
import { findDifference, fromJsonTensor, type Golden } from './golden.ts';
import { runGolden } from './make-golden.ts';
import type { ProbeAnswer } from './probe.ts';

const ProbeRequest = v.object({ files: v.array(v.string()), card: v.optional(ModelCard), seed: v.number() });
type ProbeRequest = v.InferOutput<typeof ProbeRequest>;

/** Most rows of a golden file, and about how many input elements: it is read by every build. */
const GOLDEN_ROWS = 16;
const GOLDEN_ELEMENTS = 50_000;

/** Sizes to try for the varying dimensions after the first: an image or a text may have to be of some length. */
const OTHER_SIZES = [1, 16, 64, 224];

async function answer({ files, card, seed }: ProbeRequest): Promise<ProbeAnswer> {
  const runtime = createStockRuntime(new WebAssembly.Module(readFileSync(RUNTIME_WASM)));
  let session: Session | undefined;
  try {
    for (const file of files) session = await runtime.createSession(readFileSync(file));
  } catch (cause) {
    return { ok: false, stage: 'load', message: textOf(cause) };
  }
  if (session === undefined || card === undefined) return { ok: true, wasmBytes: runtime.memoryBytes() };
  try {
    const golden = await runSomehow(session, card, seed);
    const difference = await runAgain(session, golden);
    if (difference !== undefined) return { ok: false, stage: 'repeat', message: difference };
    return { ok: true, wasmBytes: runtime.memoryBytes(), golden };
  } catch (cause) {
    return { ok: false, stage: 'run', message: textOf(cause) };
  }
}

/** Runs several rows if the model takes them, else one row of the first size that it takes. Rejects with the first error. */
async function runSomehow(session: Session, card: ModelCard, seed: number): Promise<Golden> {
  const affordable = Math.floor(GOLDEN_ELEMENTS / Math.max(1, countElements(card, { rows: 1 })));
  const rows = Math.min(GOLDEN_ROWS, Math.max(1, affordable));
  try {
    return await runGolden(session, card, { rows, seed });
  } catch (cause) {
    if (!card.inputs.some(({ shape }) => shape.includes(-1))) throw cause;
    for (const others of OTHER_SIZES) {
      const golden = await runGolden(session, card, { rows: 1, seed, others }).catch(() => undefined);
      if (golden !== undefined) return golden;
    }
    throw cause;
  }
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

function textOf(cause: unknown): string {
  const first = cause instanceof RuntimeFailure ? cause.cause : cause;
  return first instanceof Error ? first.message : String(first);
}

endWithParent();

process.once('message', async (message) => {
  const answered = await answer(v.parse(ProbeRequest, message));
  process.send?.(answered, () => process.disconnect());
});
