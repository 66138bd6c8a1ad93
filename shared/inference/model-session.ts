/**
 * One model's session through its life: opened when the isolate starts, and after a failure opened again by a later
 * request, at most once in `SESSION_RETRY_MS`. Knows no runtime and no clock of its own. Requests may share the promise
 * of an opening, because opening waits for no I/O: it is over before another request's turn can come.
 */
import type { PredictError } from '../errors.ts';
import { SESSION_RETRY_MS } from '../limits.ts';
import { fail, ok, type Result } from '../result.ts';

type State<S> =
  | { readonly kind: 'open'; readonly session: S }
  | { readonly kind: 'failed'; readonly atMs: number; readonly reason: string };

export interface ModelSessionOptions<S> {
  readonly model: string;
  /** Opens the session; rejects when the model or the runtime is at fault. */
  readonly open: () => Promise<S>;
  /** Puts a failure into words that a client may see. */
  readonly explain: (cause: unknown) => string;
  /** Milliseconds on any clock that moves between requests. */
  readonly nowMs: () => number;
}

/** Asks for the session; the answer is an error of kind `model-unavailable` while there is none. */
export type ModelSession<S> = () => Result<S, PredictError> | Promise<Result<S, PredictError>>;

export function createModelSession<S>(options: ModelSessionOptions<S>): ModelSession<S> {
  let state: State<S> | undefined;
  let opening: Promise<State<S>> | undefined;

  const open = async (): Promise<State<S>> => {
    try {
      return { kind: 'open', session: await options.open() };
    } catch (cause) {
      console.error(`model ${options.model}: no session`, cause);
      return { kind: 'failed', atMs: options.nowMs(), reason: options.explain(cause) };
    }
  };

  const settle = async (): Promise<State<S>> => {
    if (state?.kind === 'failed' && options.nowMs() - state.atMs < SESSION_RETRY_MS) return state;
    opening ??= open();
    state = await opening;
    opening = undefined;
    return state;
  };

  const answer = async (): Promise<Result<S, PredictError>> => {
    const settled = await settle();
    if (settled.kind === 'open') return ok(settled.session);
    return fail({ kind: 'model-unavailable', model: options.model, reason: settled.reason });
  };

  return () => (state?.kind === 'open' ? ok(state.session) : answer());
}
