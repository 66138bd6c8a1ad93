/**
 * Holds what is served at a URL against the models' golden files, over the Open Inference Protocol v2: a deployment just
 * made, or any other server that should have these models.
 */
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toHttp } from '../../shared/errors.ts';
import type { Predictor } from '../../shared/predictor.ts';
import { createRemotePredictor } from '../../shared/remote/remote-predictor.ts';
import { findDifference, fromJsonTensor, readGolden } from './golden.ts';
import type { ModelFolder } from './model-folder.ts';
import { versionName } from './model-name.ts';

/** How long one answer may take, and the wait before all are asked again. */
const [ANSWER_MS, PAUSE_MS] = [10_000, 2_000];

export interface Patience {
  /** How long a server may take until it answers as it should, in milliseconds: a new address needs some. */
  readonly waitMs: number;
  /** Told why there is a wait, once a reason. */
  readonly log: (reason: string) => void;
}

/** The variable that holds a key for a server that asks for one. */
export const KEY_VARIABLE = 'TANDEM_API_KEY';

/** Rejects with the last reason when the server at `url`, its address without `/v2`, does not answer as it should. */
export async function verifyDeployment(
  url: string,
  models: readonly ModelFolder[],
  { waitMs, log }: Patience = { waitMs: 0, log: () => undefined },
): Promise<void> {
  const key = process.env[KEY_VARIABLE];
  const send = (request: Request) => fetch(request, { signal: AbortSignal.timeout(ANSWER_MS) });
  const endMs = Date.now() + waitMs;
  for (let told = ''; ; ) {
    try {
      const predictor = createRemotePredictor({ fetch: send }, url, { name: KEY_VARIABLE, key });
      for (const model of models) await verifyModel(predictor, model);
      return;
    } catch (cause) {
      const reason = explain(cause);
      if (Date.now() + PAUSE_MS > endMs) throw new Error(`${url}: ${reason}`, { cause });
      if (reason !== told) log(reason);
      told = reason;
      await sleep(PAUSE_MS);
    }
  }
}

/** fetch says why it failed in the cause of what it throws. */
function explain(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}

/** Rejects when an answer is not the golden one. */
export async function verifyModel(predictor: Predictor, { card, onnx }: ModelFolder): Promise<void> {
  const file = join(dirname(onnx), 'golden.json');
  const golden = readGolden(file);
  if (golden.cases.length === 0) throw new Error(`${file}: expected at least one case, got none`);
  for (const [index, { inputs, outputs }] of golden.cases.entries()) {
    const { name: model, version } = card;
    const where = `model ${versionName(card)}, golden case ${index}`;
    const answer = await predictor.infer({ model, version, inputs: inputs.map(fromJsonTensor) });
    if (!answer.ok) throw new Error(`${where}: expected an answer, got ${toHttp(answer.error).message}`);
    for (const [position, expected] of outputs.entries()) {
      const difference = findDifference(answer.value.outputs[position], expected);
      if (difference !== undefined) throw new Error(`${where}, ${difference}`);
    }
  }
}
