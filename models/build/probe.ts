/**
 * Loads and runs models with the stock runtime in a process of its own. A model may be anything: one that makes the
 * runtime crash, hang or eat memory ends that process and not this one, and a runtime that failed once is useless for
 * every model after it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';
import { PAGE_BYTES } from '../../shared/inference/runtime.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import { Golden } from './golden.ts';
import { PROBE_BYTES } from './isolate-limits.ts';

/** What to load, and for which card to run the last of it. */
export interface ProbeRequest {
  /** ONNX files, opened in one runtime one after another. */
  readonly files: readonly string[];
  /** The card of the last file, to run it on inputs made from `seed`; without it nothing is run. */
  readonly card?: ModelCard;
  readonly seed: number;
}

/**
 * The golden file of the run, and the runtime's memory after it. Or where it failed: loading and running with the
 * runtime's own text, a second run whose answers are others, or an end without an answer.
 */
export const ProbeAnswer = v.variant('ok', [
  v.object({ ok: v.literal(true), wasmBytes: v.number(), golden: v.optional(Golden) }),
  v.object({ ok: v.literal(false), stage: v.picklist(['load', 'run', 'repeat', 'end']), message: v.string() }),
]);
export type ProbeAnswer = v.InferOutput<typeof ProbeAnswer>;

const TIME_LIMIT_MS = 120_000;

/** Runs a probe to its end. A crash and a hang are answers too. Rejects only when no process can be started. */
export function probe(request: ProbeRequest, timeLimitMs = TIME_LIMIT_MS): Promise<ProbeAnswer> {
  const child = fork(join(import.meta.dirname, 'probe-process.ts'), {
    execArgv: [`--wasm-max-mem-pages=${PROBE_BYTES / PAGE_BYTES}`],
    // The runtime's own warnings would bury the one clear text.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeLimitMs);
  child.send(request);
  return answerOf(child, timeLimitMs).finally(() => clearTimeout(timer));
}

function answerOf(child: ChildProcess, timeLimitMs: number): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.once('message', (message) => resolve(v.parse(ProbeAnswer, message)));
    child.once('exit', (code, signal) => {
      const seconds = timeLimitMs / 1000;
      const end = signal === 'SIGKILL' ? `no answer within ${seconds} s` : `the process crashed (${signal ?? code})`;
      resolve({ ok: false, stage: 'end', message: end });
    });
  });
}
