/** One predictor behind its bulkhead, breaker and deadline: every call of it ends in time, as a value. */
import { describe, type PredictError } from '../errors.ts';
import { BREAKER_FAILURES, BREAKER_OPEN_MS, type Resilience } from '../limits.ts';
import type { Predictor } from '../predictor.ts';
import { fail, type Result } from '../result.ts';
import { type BreakerState, createBreaker } from './breaker.ts';
import { createBulkhead } from './bulkhead.ts';
import type { Clock } from './clock.ts';
import { LATE, within } from './deadline.ts';
import { isSilent, type Outcome } from './failure.ts';

/** What is asked of a predictor, which has until `untilMs`. */
export type Ask<T> = (predictor: Predictor, untilMs: number, signal?: AbortSignal) => Promise<Result<T, PredictError>>;

/** Each has places of its own: who asks for health needs no key, and must not take those of inferences. */
export type CallKind = 'models' | 'infer';

export interface GuardState {
  readonly breaker: BreakerState;
  /** Calls under way, those of clients that left among them, for as long as the deadline. */
  readonly calls: number;
}

export interface Guard {
  /** Asks within `limitMs`, unless there is no place of its kind or the predictor is taken to be down. */
  call<T>(ask: Ask<T>, limitMs: number, kind: CallKind): Promise<Outcome<T>>;
  state(): GuardState;
}

export interface GuardOptions extends Resilience {
  /** What the log calls it. */
  readonly name: string;
  readonly clock: Clock;
  /** Whether calls take a signal that ends them. On Workers they end with the request, and a signal costs 20 us. */
  readonly takesSignal: boolean;
}

export function createGuard(predictor: Predictor, options: GuardOptions): Guard {
  const { name, clock, takesSignal, deadlineMs, maxCalls } = options;
  const places = () => createBulkhead({ places: maxCalls, leaseMs: deadlineMs });
  const bulkheads = { models: places(), infer: places() };
  const breaker = createBreaker({ failures: BREAKER_FAILURES, openMs: BREAKER_OPEN_MS });

  const asked = async <T>(ask: Ask<T>, startMs: number, limitMs: number): Promise<Outcome<T>> => {
    const controller = takesSignal ? new AbortController() : undefined;
    try {
      const bound = { clock, limitMs, abort: () => controller?.abort() };
      const answer = await within(bound, () => ask(predictor, startMs + limitMs, controller?.signal));
      if (answer === LATE) return fail({ kind: 'deadline', limitMs: deadlineMs });
      // What a binding carries is typed by hope: the other side may be of another release.
      return typeof answer?.ok === 'boolean' ? answer : fail({ kind: 'bad-upstream', got: describe(answer) });
    } catch (cause) {
      return fail({ kind: 'lost', cause });
    }
  };

  /** The change is logged, and not each call that comes of it. */
  const note = <T>(outcome: Outcome<T>, startMs: number) => {
    const wasClosed = breaker.state() === 'closed';
    if (isSilent(outcome)) breaker.failed(startMs, clock.nowMs());
    else breaker.succeeded(clock.nowMs());
    const isClosed = breaker.state() === 'closed';
    if (!wasClosed && isClosed) console.error(`${name} answers again`);
    if (wasClosed && !isClosed) console.error(`${name} is not waited for any more`, outcome.ok || outcome.error);
  };

  return {
    state: () => ({ breaker: breaker.state(), calls: bulkheads.infer.taken() + bulkheads.models.taken() }),
    call: async (ask, limitMs, kind) => {
      const bulkhead = bulkheads[kind];
      const startMs = clock.nowMs();
      const place = bulkhead.enter(startMs);
      if (place === undefined) return fail({ kind: 'predictor-busy', calls: maxCalls });
      const retryMs = breaker.admit(startMs);
      if (retryMs > 0) {
        bulkhead.leave(place);
        return fail({ kind: 'predictor-down', retryMs });
      }
      const outcome = await asked(ask, startMs, limitMs);
      bulkhead.leave(place);
      note(outcome, startMs);
      return outcome;
    },
  };
}
