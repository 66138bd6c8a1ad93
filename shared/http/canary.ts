/** The routes while a predictor is on trial: to each request it or the other one answers, or it gets a copy. */
import type { Context } from 'hono';
import type { Predictor } from '../predictor.ts';
import { CANARY_HEADER, isOnTrial, type Trial } from '../release/canary.ts';
import { createShadow } from '../release/shadow.ts';
import type { ResilientPredictor } from '../resilience/resilient-predictor.ts';
import { callerOf } from './access.ts';
import type { Edge, Route } from './routes/route.ts';

/** A predictor on trial. */
export interface Canary {
  readonly trial: Trial;
  readonly predictor: ResilientPredictor;
}

interface Tried {
  readonly routes: readonly Route[];
  /** How the predictor on trial stands, and at the top what it has counted. */
  state(): object;
}

interface Parts {
  /** That of the other predictor. */
  readonly edge: Edge;
  readonly edgeOf: (predictor: Predictor) => Edge;
  readonly routesOf: (edge: Edge) => readonly Route[];
}

export function tryOut({ trial, predictor }: Canary, { edge, edgeOf, routesOf }: Parts): Tried {
  if (!trial.isShadow) {
    const routes = split(trial, routesOf(edge), routesOf(withAnswersOf(edgeOf(predictor), edge)));
    const state = () => ({ canary: predictor.state().predictor, canary_fallbacks: predictor.state().fallbacks });
    return { routes, state };
  }
  // biome-ignore lint/suspicious/noConsole: this is the log.
  const shadow = createShadow(predictor, Date.now, (line) => console.log(line));
  const observe: Edge['observe'] = (request, facts) => {
    shadow.note(request, facts);
    return edge.observe?.(request, facts) ?? {};
  };
  const routes = routesOf({ ...edge, observe }).map((route) => follow(route, shadow.follow));
  return { routes, state: () => ({ canary: predictor.state().predictor, ...shadow.counts() }) };
}

/** What the one on trial fails to answer, the other one does: such an answer is of that one's catalog. */
function withAnswersOf(edge: Edge, other: Edge): Edge {
  const answered: Edge['catalog']['answered'] = async (revision, wanted) =>
    (await edge.catalog.answered(revision, wanted)) ?? other.catalog.answered(revision, wanted);
  return { ...edge, catalog: { ...edge.catalog, answered } };
}

/** Routes open to all tell of the deployment as it is without the trial. */
function split(trial: Trial, routes: readonly Route[], tried: readonly Route[]): readonly Route[] {
  return routes.map((route, i) => {
    const other = tried[i];
    if (other === undefined || route.scope === 'none') return route;
    const handler: Route['handler'] = (c) => {
      const asker = { wish: c.req.raw.headers.get(CANARY_HEADER), caller: nameOf(c, trial) };
      return (isOnTrial(trial, asker, Math.random) ? other : route).handler(c);
    };
    return { ...route, handler };
  });
}

function nameOf(c: Context, { by }: Trial): string | undefined {
  const { headers } = c.req.raw;
  return (by && headers.get(by)) || (callerOf(c) ?? headers.get('CF-Connecting-IP') ?? undefined);
}

/** The copy is sent when the answer is there, and goes on when the client has it. */
function follow(route: Route, copy: (request: Request) => Promise<void> | undefined): Route {
  const handler: Route['handler'] = async (c) => {
    const response = await route.handler(c);
    const copied = copy(c.req.raw);
    if (copied !== undefined) keepOn(c, copied);
    return response;
  };
  return { ...route, handler };
}

/** Only Workers end what a request has begun, and have a context to say so. */
function keepOn(c: Context, work: Promise<void>): void {
  try {
    c.executionCtx.waitUntil(work);
  } catch {
    // Hono throws where there is none.
  }
}
