/** What is sent, and how an answer is judged: golden rows of the default model, or golden cases of another one. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { closeTo, Golden, goldenRows } from '../../models/build/golden.ts';
import { goldenPayloads } from './golden-payloads.ts';

export interface Payload {
  readonly path: string;
  readonly body: string;
  /** Whether an answer is the golden one. */
  isRight(status: number, text: string): boolean;
}

/** The model behind `POST /predict`. */
export const DEFAULT_MODEL = 'auto-mpg';

const GOLDEN = new URL(`../../models/${DEFAULT_MODEL}/golden.json`, import.meta.url);
const Prediction = v.object({ prediction: v.number() });

/**
 * The requests for a server that is a Tandem, or for the null arm, whose answer is always the same. They ask `model`
 * where it is named and the arm has models; the floor has only the default one.
 */
export function payloads(arm: string, model = DEFAULT_MODEL): readonly [Payload, ...Payload[]] {
  const isDefault = model === DEFAULT_MODEL || arm === 'null' || arm === 'floor';
  const [first, ...others] = isDefault ? defaultPayloads(arm) : goldenPayloads(model);
  if (first === undefined) throw new Error(`model ${model}: expected at least one golden case, got none`);
  return [first, ...others];
}

function defaultPayloads(arm: string): Payload[] {
  const { inputs, outputs } = goldenRows(v.parse(Golden, JSON.parse(readFileSync(GOLDEN, 'utf8'))));
  return inputs.map((features, row): Payload => {
    const expected = arm === 'null' ? 0 : (outputs[row] ?? Number.NaN);
    const isRight = (status: number, text: string) => status === 200 && closeTo(predictionIn(text), expected);
    return { path: '/predict', body: JSON.stringify({ features }), isRight };
  });
}

function predictionIn(text: string): number | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return v.is(Prediction, answer) ? answer.prediction : undefined;
  } catch {
    return undefined;
  }
}
