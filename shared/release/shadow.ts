/**
 * A predictor that gets copies: it is asked what another has answered, after that answer is there, and what it says goes to
 * nobody. What came of the copies is counted, and told in the log.
 */
import type { PredictError } from '../errors.ts';
import type { InferRequest, InferResponse, Predictor } from '../predictor.ts';
import type { Result } from '../result.ts';
import { compareAnswers } from './difference.ts';

export interface Shadow {
  /** Takes down what was asked of the other predictor in the name of `request`, and what it answered. */
  note(request: object, facts: { readonly asked?: InferRequest; readonly answer?: Answer }): void;
  /** Asks the same, where something was asked and answered, and counts. It never rejects. */
  follow(request: object): Promise<void> | undefined;
  /** By the names that they have in metrics. */
  counts(): Readonly<Record<string, number>>;
}

type Answer = Result<InferResponse, PredictError>;

/** Numbers nearer to each other than this, relative to the larger, are the same. */
const SHADOW_TOLERANCE = 1e-4;

/** The shortest time between two lines of the log, in milliseconds. */
const LINE_MS = 1_000;

/** `predictor` must bound each call and how many are under way. `log` takes a line; no element is in it. */
export function createShadow(predictor: Predictor, nowMs: () => number, log: (line: string) => void): Shadow {
  const noted = new WeakMap<object, { readonly asked?: InferRequest; readonly answer?: Answer }>();
  /** Failed are those without an answer; skipped those not sent, as too many were under way or the predictor is down. */
  const counts = { same: 0, different: 0, failed: 0, skipped: 0 };
  let lineMs = Number.NEGATIVE_INFINITY;

  const count = (outcome: keyof typeof counts, facts: object) => {
    counts[outcome] += 1;
    if (nowMs() - lineMs < LINE_MS) return;
    lineMs = nowMs();
    log(JSON.stringify({ shadow: outcome, ...facts, ...counts }));
  };

  const compare = async (asked: InferRequest, answer: InferResponse) => {
    const copy = await predictor.infer(asked);
    const { model } = asked;
    if (!copy.ok) {
      const { kind } = copy.error;
      return count(kind === 'predictor-busy' || kind === 'predictor-down' ? 'skipped' : 'failed', {
        model,
        reason: kind,
      });
    }
    const { difference } = compareAnswers(answer, copy.value);
    const versions = { version: answer.version, canaryVersion: copy.value.version };
    count(difference > SHADOW_TOLERANCE ? 'different' : 'same', { model, ...versions, difference });
  };

  return {
    note: (request, facts) => noted.set(request, { ...noted.get(request), ...facts }),
    follow: (request) => {
      const { asked, answer } = noted.get(request) ?? {};
      noted.delete(request);
      if (asked === undefined || !answer?.ok) return undefined;
      return compare(asked, answer.value).catch(() => count('failed', { model: asked.model, reason: 'lost' }));
    },
    counts: () => Object.fromEntries(Object.entries(counts).map(([name, count]) => [`shadow_${name}`, count])),
  };
}
