/**
 * A predictor that survives another one: each call has a deadline; what failed is asked once more where that is safe, of a
 * second predictor if there is one; who is down is not waited for. What it cannot answer it refuses in words, in time.
 */
import type { PredictError } from '../errors.ts';
import { MAX_RETRY_CREDIT, RETRY_JITTER_MS, RETRY_SHARE, type Resilience } from '../limits.ts';
import type { Predictor } from '../predictor.ts';
import type { Result } from '../result.ts';
import { type Clock, PLATFORM_CLOCK } from './clock.ts';
import { isAnswer, isFailure, type Outcome } from './failure.ts';
import { type Ask, type CallKind, createGuard, type Guard, type GuardState } from './guard.ts';
import { createRetryBudget, isUnsent } from './retry.ts';

/** What the isolate knows of its predictors, and what it did: counts since it started. */
export interface ResilienceState {
  readonly predictor: GuardState;
  readonly fallback: GuardState | undefined;
  /** Calls made a second time of the same predictor. */
  readonly retries: number;
  /** Calls that the second predictor answered. */
  readonly fallbacks: number;
}

export interface ResilientPredictor extends Predictor {
  state(): ResilienceState;
}

export interface ResilientOptions extends Resilience {
  readonly predictor: Predictor;
  readonly fallback?: Predictor | undefined;
  /** Whether their methods take a signal, behind their other arguments. */
  readonly takesSignal?: boolean;
  readonly clock?: Clock;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** The call that was made, and what came of it. */
interface Attempt<T> {
  readonly ask: Ask<T>;
  readonly outcome: Outcome<T>;
  readonly kind: CallKind;
  readonly untilMs: number;
}

export function createResilientPredictor(options: ResilientOptions): ResilientPredictor {
  const { deadlineMs, clock = PLATFORM_CLOCK, random = Math.random } = options;
  const guardOptions = { ...options, clock, takesSignal: options.takesSignal ?? false };
  const primary = createGuard(options.predictor, { ...guardOptions, name: 'predictor' });
  const fallback =
    options.fallback && createGuard(named(options.fallback, 'fallback'), { ...guardOptions, name: 'second predictor' });
  const budget = createRetryBudget({ share: RETRY_SHARE, most: MAX_RETRY_CREDIT });
  // Whoever hangs leaves half of the time to the next one.
  const firstMs = fallback === undefined ? deadlineMs : Math.ceil(deadlineMs / 2);
  const counts = { retries: 0, fallbacks: 0 };

  const attempt = async <T>(ask: Ask<T>, kind: CallKind): Promise<Result<T, PredictError>> => {
    const untilMs = clock.nowMs() + deadlineMs;
    budget.earn();
    const outcome = await primary.call(ask, firstMs, kind);
    if (outcome.ok) return outcome;
    return settle(isFailure(outcome) ? await secondOutcome({ ask, outcome, kind, untilMs }) : outcome);
  };

  const secondOutcome = async <T>(failed: Attempt<T>): Promise<Outcome<T>> => {
    const leftMs = failed.untilMs - clock.nowMs();
    if (leftMs <= 0) return failed.outcome;
    if (fallback === undefined) return again(failed, leftMs);
    const outcome = await fallback.call(failed.ask, leftMs, failed.kind);
    logFailure('predictor', primary, failed.outcome);
    if (!isAnswer(outcome)) {
      logFailure('second predictor', fallback, outcome);
      return failed.outcome;
    }
    counts.fallbacks += 1;
    return outcome;
  };

  /** The same predictor once more, unless it may have begun an inference, which must not run twice. */
  const again = async <T>({ ask, outcome, kind }: Attempt<T>, leftMs: number): Promise<Outcome<T>> => {
    const isLost = !outcome.ok && outcome.error.kind === 'lost';
    const isSafe = isLost && (kind === 'models' || isUnsent(outcome.error.cause));
    const waitMs = random() * RETRY_JITTER_MS;
    if (!isSafe || waitMs >= leftMs || !budget.spend()) return outcome;
    counts.retries += 1;
    await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
    const second = await primary.call(ask, leftMs - waitMs, kind);
    return second.ok || second.error.kind !== 'predictor-down' ? second : outcome;
  };

  return {
    state: () => ({ predictor: primary.state(), fallback: fallback?.state(), ...counts }),
    models: () => attempt((predictor, _, signal) => predictor.models(...withSignal(signal)), 'models'),
    infer: (request) =>
      attempt((predictor, guardMs, signal) => {
        // Whoever calls may have less.
        const untilMs = Math.min(guardMs, request.untilMs ?? guardMs);
        return predictor.infer({ ...request, untilMs }, ...withSignal(signal));
      }, 'infer'),
  };
}

/** What a call came to, unless that is known: while a breaker is open, and where it was a place that was missing. */
function logFailure<T>(name: string, guard: Guard, outcome: Outcome<T>): void {
  if (outcome.ok || outcome.error.kind === 'predictor-busy' || guard.state().breaker !== 'closed') return;
  console.error(`${name} failed`, outcome.error);
}

/** The predictor, whose answers say whose they are. */
export function named(predictor: Predictor, name: string): Predictor {
  return {
    models: (signal) => predictor.models(...withSignal(signal)),
    infer: async (request, signal) => {
      const answer = await predictor.infer(request, ...withSignal(signal));
      return answer?.ok ? { ok: true, value: { ...answer.value, predictor: name } } : answer;
    },
  };
}

/** A binding's methods would take a signal that is undefined for an argument to send. */
function withSignal(signal: AbortSignal | undefined): [] | [AbortSignal] {
  return signal === undefined ? [] : [signal];
}

/** A lost predictor rejects, as `Predictor` says. */
function settle<T>(outcome: Outcome<T>): Result<T, PredictError> {
  if (outcome.ok) return outcome;
  const { error } = outcome;
  if (error.kind === 'lost') throw error.cause;
  return { ok: false, error };
}
