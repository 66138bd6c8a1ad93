/**
 * Loads and runs models with the watched stock runtime in a process of its own. A model may be anything: one that makes the
 * runtime crash, hang or eat memory ends that process and not this one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';
import { PAGE_BYTES } from '../../shared/inference/runtime.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import type { Hints } from './find-example.ts';
import { Golden, JsonTensor } from './golden.ts';
import { PROBE_BYTES } from './isolate-limits.ts';
import { REPAIRS } from './repair.ts';

/** What to load, and for which card to run the last of it. */
export interface ProbeRequest {
  /** ONNX files, opened in one runtime one after another. */
  readonly files: readonly string[];
  /** The card of the last file, to run it; without it nothing is run. */
  readonly card?: ModelCard;
  /** What inputs are drawn from. */
  readonly seed: number;
  /** Inputs that the model's owner says it runs on. */
  readonly examples?: readonly (readonly JsonTensor[])[];
  readonly hints?: Hints;
}

/**
 * The golden file of the run, the runtime's memory after it, the examples that it took where inputs drawn at random do not
 * run, the inputs in which NaN gave finite answers, and what had to be taken out of the last file. Or where it failed: loading and running with the runtime's own
 * text, a second run whose answers are others, or an end without an answer.
 */
export const ProbeAnswer = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    wasmBytes: v.number(),
    golden: v.optional(Golden),
    examples: v.optional(v.array(v.array(JsonTensor))),
    takesNan: v.optional(v.array(v.string()), []),
    repairs: v.optional(v.array(v.picklist(REPAIRS)), []),
  }),
  v.object({
    ok: v.literal(false),
    stage: v.picklist(['load', 'run', 'example', 'repeat', 'end']),
    message: v.string(),
  }),
]);
export type ProbeAnswer = v.InferOutput<typeof ProbeAnswer>;

/** What the process tells of its progress. */
export const ProbeProgress = v.object({ progress: v.string() });

const TIME_LIMIT_MS = 120_000;

export interface ProbeOptions {
  readonly timeLimitMs?: number;
  readonly log?: (message: string) => void;
}

/** Runs a probe to its end. A crash and a hang are answers too. Rejects only when no process can be started. */
export function probe(
  request: ProbeRequest,
  { timeLimitMs = TIME_LIMIT_MS, log }: ProbeOptions = {},
): Promise<ProbeAnswer> {
  const child = fork(join(import.meta.dirname, 'probe-process.ts'), [String(process.pid)], {
    execArgv: [`--wasm-max-mem-pages=${PROBE_BYTES / PAGE_BYTES}`],
    // The runtime's own warnings would bury the one clear text.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeLimitMs);
  child.send(request);
  return answerOf(child, { timeLimitMs, log }).finally(() => clearTimeout(timer));
}

function answerOf(
  child: ChildProcess,
  { timeLimitMs, log }: { readonly timeLimitMs: number; readonly log: ProbeOptions['log'] },
): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('message', (message) => {
      if (v.is(ProbeProgress, message)) log?.(message.progress);
      else resolve(v.parse(ProbeAnswer, message));
    });
    child.once('exit', (code, signal) => {
      const seconds = timeLimitMs / 1000;
      const end = signal === 'SIGKILL' ? `no answer within ${seconds} s` : `the process crashed (${signal ?? code})`;
      resolve({ ok: false, stage: 'end', message: end });
    });
  });
}
