/** What is sent, and how an answer is judged: the default model's golden rows, one row a request. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { closeTo, Golden } from '../../models/build/golden.ts';

export interface Payload {
  readonly path: string;
  readonly body: string;
  /** Whether an answer is the golden one. */
  isRight(status: number, text: string): boolean;
}

const GOLDEN = new URL('../../models/auto-mpg/golden.json', import.meta.url);
const Prediction = v.object({ prediction: v.number() });

/** The requests for a server that is a Tandem, or for the null arm, whose answer is always the same. */
export function payloads(arm: string): readonly [Payload, ...Payload[]] {
  const golden = v.parse(Golden, JSON.parse(readFileSync(GOLDEN, 'utf8')));
  const [first, ...others] = golden.inputs.map((features, row): Payload => {
    const expected = arm === 'null' ? 0 : (golden.outputs[row] ?? Number.NaN);
    const isRight = (status: number, text: string) => status === 200 && closeTo(predictionIn(text), expected);
    return { path: '/predict', body: JSON.stringify({ features }), isRight };
  });
  if (first === undefined) throw new Error(`${GOLDEN.pathname}: expected at least one row, got none`);
  return [first, ...others];
}

function predictionIn(text: string): number | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return v.is(Prediction, answer) ? answer.prediction : undefined;
  } catch {
    return undefined;
  }
}
