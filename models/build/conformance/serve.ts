/** Asks a predictor Worker on workerd for the answers to cases, by RPC, and judges them. */
import { createHash } from 'node:crypto';
import { type PredictError, toHttp } from '../../../shared/errors.ts';
import type { Predictor } from '../../../shared/predictor.ts';
import { startWorkers } from '../start-workers.ts';
import { tensorBits } from '../tensor-bits.ts';
import { readConfig } from '../workers.ts';
import type { CaseModel } from './case-model.ts';
import { findMismatch } from './judge.ts';
import { failed, type Outcome, PASSED, refused } from './outcome.ts';

/** What a Worker made of a case. */
export interface Served {
  readonly outcome: Outcome;
  /** A digest of the bits of all answers; empty when there was not an answer to every data set. */
  readonly bits: string;
}

/** The cases have few rows or state their number. */
const VARS = { MAX_ROWS: String(2 ** 31 - 1) };

const ANSWER_LIMIT_MS = 60_000;

/**
 * What the predictor bundled under `root` makes of each case. One that gives no answer costs a start of the Worker:
 * it may be stuck. Rejects when the Worker does not start.
 */
export async function serve(cases: readonly CaseModel[], root: string): Promise<Served[]> {
  const served: Served[] = [];
  while (served.length < cases.length) {
    const workers = await startWorkers([{ worker: 'predictor', root, vars: VARS }], { quiet: true });
    try {
      const worker: unknown = await workers.miniflare.getWorker(readConfig('predictor', root).name);
      for (const model of cases.slice(served.length)) {
        const answer = await withinLimit(ask(worker as Predictor, model));
        served.push(typeof answer === 'string' ? { outcome: failed(answer), bits: '' } : answer);
        if (typeof answer === 'string') break;
      }
    } finally {
      await workers.stop();
    }
  }
  return served;
}

/** The answer, or why there was none. */
async function withinLimit(answer: Promise<Served>): Promise<Served | string> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer in ${ANSWER_LIMIT_MS / 1000} s`), ANSWER_LIMIT_MS);
  });
  const lost = (cause: unknown) => `the Worker was lost: ${cause instanceof Error ? cause.message : cause}`;
  try {
    return await Promise.race([answer.catch(lost), limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(predictor: Predictor, { card, dataSets }: CaseModel): Promise<Served> {
  const digest = createHash('sha256');
  let mismatch: string | undefined;
  for (const [index, { inputs, expected }] of dataSets.entries()) {
    const answer = await predictor.infer({ model: card.name, inputs });
    if (!answer.ok) return { outcome: outcomeOf(answer.error), bits: '' };
    const { outputs } = answer.value;
    for (const output of outputs) digest.update(`${tensorBits(output)}\n`);
    const found = findMismatch(outputs, expected);
    if (found !== undefined) mismatch ??= dataSets.length === 1 ? found : `data set ${index}, ${found}`;
  }
  return { outcome: mismatch === undefined ? PASSED : failed(mismatch), bits: digest.digest('hex') };
}

/** An error that the runtime or the request check reports is a refusal; anything else should not have happened. */
function outcomeOf(error: PredictError): Outcome {
  const message = toHttp(error).message.replace(/^model "[^"]*", /, '');
  const isRefusal = error.kind === 'invalid-request';
  return isRefusal ? refused(message) : failed(message);
}
