/** A predictor without a model, which does with each call what a test says. */
import { type PredictError, toHttp } from '../../shared/errors.ts';
import type { InferResponse, Predictor } from '../../shared/predictor.ts';
import { createResilientPredictor, type ResilientOptions } from '../../shared/resilience/resilient-predictor.ts';
import { fail, ok, type Result } from '../../shared/result.ts';
import { createSteppedClock } from './stepped-clock.ts';

/** The limit that its callers have, in milliseconds; a slow one takes a quarter of it. */
export const DEADLINE_MS = 1_000;

/** What a predictor does with a call: an answer, or an error of the kind. */
export type Deed = 'ok' | 'hang' | 'slow' | 'lose' | 'refuse' | 'throw' | PredictError;

/** A predictor that the test tells what to do, and that counts its calls and those that it is told to end, and keeps the time that the last one has. */
export function puppet(clock: ReturnType<typeof createSteppedClock>, name: string) {
  const state = { deed: 'ok' as Deed, calls: 0, aborted: 0, untilMs: undefined as number | undefined };
  const act =
    <T>(value: T) =>
    async (signal?: AbortSignal): Promise<Result<T, PredictError>> => {
      const { deed } = state;
      state.calls += 1;
      signal?.addEventListener('abort', () => {
        state.aborted += 1;
      });
      if (deed === 'ok') return ok(value);
      if (deed === 'hang') return new Promise(() => undefined);
      if (deed === 'slow') return new Promise((resolve) => clock.after(DEADLINE_MS / 4, () => resolve(ok(value))));
      if (deed === 'lose') throw new Error('Network connection lost.');
      if (deed === 'refuse') throw new Error('connect ECONNREFUSED');
      if (deed === 'throw') throw Object.assign(new Error('a bug'), { remote: true });
      return fail(deed);
    };
  const answer: InferResponse = { version: name, revision: '', outputs: [] };
  const predictor: Predictor = {
    models: act({ revision: name, models: [] }),
    infer: ({ untilMs }, signal) => {
      state.untilMs = untilMs;
      return act(answer)(signal);
    },
  };
  return { state, predictor };
}

export const REQUEST = { model: 'm', inputs: [] };

/** Two of them behind a resilient one, on a clock that the test moves. */
export function setUp(options: Partial<ResilientOptions> & { readonly withFallback?: boolean } = {}) {
  const clock = createSteppedClock();
  const first = puppet(clock, 'first');
  const second = puppet(clock, 'second');
  const resilient = createResilientPredictor({
    predictor: first.predictor,
    ...(options.withFallback ? { fallback: second.predictor } : {}),
    deadlineMs: DEADLINE_MS,
    maxCalls: 4,
    clock,
    random: () => 0.5,
    ...options,
  });
  /** What a call comes to: who answered, or status and text. */
  const told = async (call: Promise<Result<InferResponse, PredictError>>) => {
    const result = await call.catch((cause: Error) =>
      fail<PredictError>({ kind: 'predictor-unreachable', reason: cause.message }),
    );
    return result.ok ? result.value.version : `${toHttp(result.error).status} ${toHttp(result.error).message}`;
  };
  const infer = async (passMs = 0) => {
    const call = told(resilient.infer(REQUEST));
    await clock.pass(passMs);
    return call;
  };
  return { clock, first: first.state, second: second.state, resilient, infer, told };
}
