/**
 * Answers given again without the predictor: those of models whose card says so, to the same request of the same caller. It
 * stands between the edge and its predictor and keeps tensors, so that all routes and encodings share them.
 */
import type { Context } from 'hono';
import { type PredictError, toHttp } from '../errors.ts';
import type { Catalog, FoundModel } from '../http/catalog.ts';
import type { Route } from '../http/routes/route.ts';
import { type CacheVars, readCacheBytes } from '../limits.ts';
import type { CachePolicy } from '../model-card.ts';
import type { Observe } from '../observe/observer.ts';
import { FALLBACK, type InferRequest, type InferResponse, NO_REVISION } from '../predictor.ts';
import { isFailure } from '../resilience/failure.ts';
import { ok, type Result } from '../result.ts';
import { createAnswerStore, type StoredAnswer } from './answer-store.ts';
import { type CacheReport, type CacheWish, forwarded, hit, readWish, stale } from './cache-status.ts';
import { requestKey } from './request-key.ts';

type Answer = Result<InferResponse, PredictError>;
type Ask = () => Promise<Answer>;

export interface AnswerCache {
  /** The answer to `asked`, from the store or by `ask`. */
  answer(request: Request, asked: InferRequest, ask: Ask): Promise<Answer>;
  /** The route, whose answers say what the cache did. */
  route(route: Route): Route;
}

interface Surroundings {
  readonly catalog: Catalog;
  readonly observe: Observe | undefined;
  /** The id of the API key that a request came with. */
  readonly callerOf: (c: Context) => string | undefined;
  /** Milliseconds. */
  readonly nowMs: () => number;
}

/** A request on its way: whose it is, and what is to be told of it. */
interface Visit {
  readonly caller: string | undefined;
  report?: CacheReport;
}

/** A request of a model that has a policy. */
interface Cacheable {
  readonly found: FoundModel;
  readonly policy: CachePolicy;
  readonly asked: InferRequest;
  readonly caller: string | undefined;
  readonly wish: CacheWish;
}

interface Served {
  readonly answer: Answer;
  readonly report: CacheReport;
}

/** There is none without `CACHE_BYTES`. Throws on one that is no number of bytes: no such Worker starts. */
export function createAnswerCache(
  vars: CacheVars,
  { catalog, observe, callerOf, nowMs }: Surroundings,
): AnswerCache | undefined {
  const maxBytes = readCacheBytes(vars);
  if (maxBytes === 0) return undefined;
  const store = createAnswerStore(maxBytes);
  const visits = new WeakMap<Request, Visit>();

  /** Never less than nothing, as a clock may be set back. */
  const ageOf = ({ atMs }: StoredAnswer) => Math.max(0, nowMs() - atMs);

  const serve = async ({ found, policy, asked, caller, wish }: Cacheable, ask: Ask): Promise<Served> => {
    if (!store.takes(asked.inputs)) return { answer: await ask(), report: forwarded('bypass', false) };
    const key = requestKey(found, asked, policy.public ? undefined : caller);
    const stored = store.get(key);
    const within = (limitMs: number) => {
      return stored !== undefined && ageOf(stored) < Math.min(limitMs, wish.maxAgeMs) ? stored : undefined;
    };
    const freshMs = policy.seconds * 1_000;
    const fresh = within(freshMs);
    if (fresh !== undefined) return { answer: ok(fresh.answer), report: hit(ageOf(fresh), freshMs) };
    const reason = stored === undefined ? 'miss' : ageOf(stored) < freshMs ? 'request' : 'stale';
    const answer = await ask();
    if (answer.ok) {
      const { revision, predictor } = answer.value;
      // Others have taken their place. A late answer of theirs must not make their models current again.
      if (revision !== found.catalog.revision && predictor !== FALLBACK) store.clear();
      const isCurrent = catalog.known(asked)?.catalog.revision === revision;
      const mayStore = wish.mayStore && isCurrent && isOf(found, answer.value);
      return { answer, report: forwarded(reason, mayStore && store.put(key, answer.value, nowMs())) };
    }
    const standIn = isFailure(answer) ? within(freshMs + (policy.staleSeconds ?? 0) * 1_000) : undefined;
    if (standIn === undefined) return { answer, report: forwarded(reason, false) };
    const report = stale(ageOf(standIn), freshMs, toHttp(answer.error).status);
    return { answer: ok(standIn.answer), report };
  };

  return {
    answer: async (request, asked, ask) => {
      const visit = visits.get(request);
      const found = await catalog.model(asked);
      const policy = found.ok ? found.value.card.cache : undefined;
      if (visit === undefined || !found.ok || policy === undefined) return ask();
      const wish = readWish(request.headers.get('Cache-Control'));
      const { answer, report } = await serve({ found: found.value, policy, asked, caller: visit.caller, wish }, ask);
      visit.report = report;
      observe?.(request, { cache: report.use });
      return answer;
    },
    route: ({ handler, ...route }) => {
      const told: Route['handler'] = async (c) => {
        const visit: Visit = { caller: callerOf(c) };
        visits.set(c.req.raw, visit);
        const response = await handler(c);
        if (visit.report === undefined) return response;
        response.headers.set('Cache-Status', visit.report.status);
        if (visit.report.ageS !== undefined) response.headers.set('Age', String(visit.report.ageS));
        return response;
      };
      return { ...route, handler: told };
    },
  };
}

/**
 * Whether an answer is of the models that the key was made for. Of a server that tells no revision nothing is kept: nobody
 * would see that its models are others now.
 */
function isOf({ catalog, card }: FoundModel, { revision, version }: InferResponse): boolean {
  return revision !== NO_REVISION && revision === catalog.revision && version === card.version;
}
