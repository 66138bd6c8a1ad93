/**
 * Watches requests: a line of the log, metrics, a point for Analytics Engine, each only where a var or a binding asks for it.
 * Without any of them there is no observer, and no request is looked at.
 */
import type { Context, Hono } from 'hono';
import type { Catalog } from '../http/catalog.ts';
import type { Route } from '../http/routes/route.ts';
import { CATALOG_MISS_MS } from '../limits.ts';
import type { ModelCard } from '../model-card.ts';
import type { InferRequest } from '../predictor.ts';
import { createMetrics } from './metrics.ts';
import { driftOf, type Ending, type Facts, type RequestRecord, recordOf } from './request-record.ts';
import { type Carried, REQUEST_ID, readCarried } from './trace-context.ts';

/** The binding of Workers Analytics Engine. */
export interface PointStore {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
}

/**
 * `LOG_REQUESTS` is the share of requests that are logged, 0 to 1, `KEEP_REQUESTS` that of answered inferences that are written out
 * whole; `METRICS` is 1 or 0. `DEPLOYMENT` is a name in the lines.
 */
export interface ObserveVars {
  readonly LOG_REQUESTS?: string;
  readonly KEEP_REQUESTS?: string;
  readonly METRICS?: string;
  readonly DEPLOYMENT?: string;
  readonly REQUEST_POINTS?: PointStore;
}

/** Takes down what a route tells of its request, and gives what goes along with it to a predictor. */
export type Observe = (request: Request, facts: Partial<Facts>) => Carried;

export interface Observer {
  /** For the routes of an edge with this catalog. */
  observe(catalog: Catalog): Observe;
  /** What is counted, in Prometheus' text format; undefined where nothing is. */
  readonly metrics: (() => string) | undefined;
  /** The route, whose requests are known by its pattern. */
  route(route: Route): Route;
  /** The app's `fetch`, watched from outside: handlers in a chain would cost more than all that is done here. */
  fetch(fetch: Hono['fetch']): Hono['fetch'];
}

/** What is known so far of a request that is being answered. */
interface Watch {
  readonly carried: Carried;
  route: string;
  /** Its API key's id. */
  caller: string | undefined;
  facts: Partial<Facts>;
  findCard: FindCard;
}

type FindCard = (facts: Partial<Facts>) => Promise<ModelCard | undefined>;

interface Watched {
  /** The id of the API key that a request came with. */
  readonly callerOf: (c: Context) => string | undefined;
  /** An inference whole, as a line; undefined where there is no such line. */
  readonly requestLine: (asked: InferRequest) => string | undefined;
  /** How the predictors stand: words, at any depth, and at its top what they have counted. */
  readonly state: () => object;
}

/** Throws on a var that is not what it should be: no such Worker starts. */
export function createObserver(vars: ObserveVars, { callerOf, requestLine, state }: Watched): Observer | undefined {
  const { DEPLOYMENT: deployment, REQUEST_POINTS } = vars;
  // Elsewhere than on Workers it would be an environment variable of that name.
  const store = typeof REQUEST_POINTS === 'object' ? REQUEST_POINTS : undefined;
  const share = readShare('LOG_REQUESTS', vars.LOG_REQUESTS);
  const metrics = readShare('METRICS', vars.METRICS) > 0 ? createMetrics() : undefined;
  const keptShare = readShare('KEEP_REQUESTS', vars.KEEP_REQUESTS);
  const isRecorded = share > 0 || metrics !== undefined || store !== undefined;
  if (!isRecorded && keptShare === 0) return undefined;

  const watched = new WeakMap<Request, Watch>();

  const keep = ({ asked, answer }: Partial<Facts>) => {
    if (asked === undefined || !answer?.ok || Math.random() >= keptShare) return;
    const line = requestLine(asked);
    if (line !== undefined) log(line);
  };

  const finish = async ({ findCard, ...ending }: Omit<Ending, 'card' | 'drift' | 'state' | 'deployment'> & Watch) => {
    keep(ending.facts);
    if (!isRecorded) return;
    const card = await findCard(ending.facts);
    const drift = driftOf(ending.facts, card);
    const record = recordOf({ ...ending, deployment, card, drift, state: wordsOf(state()) });
    metrics?.count(record, drift);
    store?.writeDataPoint(pointOf(record));
    const isLogged = share > 0 && (record.status >= 500 || Math.random() < share);
    if (isLogged) log(JSON.stringify(record));
  };

  return {
    observe: (catalog) => {
      const findCard = createFindCard(catalog);
      return (request, facts) => {
        const own = watched.get(request);
        if (own === undefined) return {};
        own.facts = { ...own.facts, ...facts };
        own.findCard = findCard;
        return own.carried;
      };
    },
    route: ({ handler, ...route }) => {
      const name = `${route.method} ${route.path}`;
      const named: Route['handler'] = async (c) => {
        const own = watched.get(c.req.raw);
        if (own !== undefined) own.route = name;
        try {
          return await handler(c);
        } finally {
          if (own !== undefined) own.caller = callerOf(c);
        }
      };
      return { ...route, handler: named };
    },
    fetch: (fetch) => async (request, env, context) => {
      const startMs = performance.now();
      const own: Watch = {
        carried: readCarried(request.headers),
        route: 'none',
        caller: undefined,
        facts: {},
        findCard: async () => undefined,
      };
      watched.set(request, own);
      const response = await fetch(request, env, context);
      response.headers.set(REQUEST_ID, own.carried[REQUEST_ID] ?? '');
      const ending = { ...own, atMs: Date.now(), ms: performance.now() - startMs, status: response.status };
      const finished = finish(ending).catch((cause: unknown) => console.error('request not observed', cause));
      context?.waitUntil(finished);
      return response;
    },
    metrics: metrics && (() => metrics.text(wordsOf(state()), countsOf(state()))),
  };
}

/**
 * The card of the version that has answered, or else of the one that is meant, where it is known. Only after an answer is the
 * predictor asked for it, behind the client's back, and where that fails not again for a while.
 */
function createFindCard(catalog: Catalog): FindCard {
  let failedAtMs = Number.NEGATIVE_INFINITY;
  return async ({ target, result, asked, answer }) => {
    if (result === undefined) return undefined;
    if (asked === undefined || !answer?.ok) return catalog.known(target)?.card;
    const answered = { model: asked.model, version: answer.value.version };
    const known = catalog.known(answered);
    if (known !== undefined || Date.now() - failedAtMs < CATALOG_MISS_MS) return known?.card;
    const found = await catalog.model(answered);
    if (!found.ok) failedAtMs = Date.now();
    return found.ok ? found.value.card : undefined;
  };
}

function log(line: string): void {
  // biome-ignore lint/suspicious/noConsole: this is the log.
  console.log(line);
}

/** The numbers at its top are what predictors have counted since the start. */
function countsOf(state: object): Record<string, number> {
  const members: [string, unknown][] = Object.entries(state);
  return Object.fromEntries(members.flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])));
}

/** Its texts, at any depth, are few words of ours: `{ predictor: { breaker: 'open' } }` is `predictor_breaker`. */
function wordsOf(state: object, above = ''): Record<string, string> {
  const words = Object.entries(state).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'string') return { [`${above}${name}`]: value };
    return typeof value === 'object' && value !== null ? wordsOf(value, `${above}${name}_`) : {};
  });
  return Object.assign({}, ...words);
}

function pointOf({ model = '', version = '', route, outcome, status, rows = 0, ...record }: RequestRecord) {
  const { ms, outOfRange = 0, missing = 0, cache = '' } = record;
  return {
    indexes: [model],
    blobs: [route, version, outcome, cache],
    doubles: [status, ms, rows, outOfRange, missing],
  };
}

function readShare(name: string, text = '0'): number {
  const share = text.trim() === '' ? Number.NaN : Number(text);
  const isSwitch = name !== 'METRICS' || share === 0 || share === 1;
  if (share >= 0 && share <= 1 && isSwitch) return share;
  throw new Error(`var ${name}: expected ${name === 'METRICS' ? '0 or 1' : '0 to 1'}, got ${JSON.stringify(text)}`);
}
