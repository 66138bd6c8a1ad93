/**
 * The http app: the public edge of every deployment, over whichever `Predictor` it is given. Routes come from one
 * table, so that a path's other methods are answered 405 without a second list.
 */
import { Hono } from 'hono';
import { createAnswerCache } from '../cache/answer-cache.ts';
import { type CacheVars, type LimitVars, readLimits } from '../limits.ts';
import { createObserver, type ObserveVars } from '../observe/observer.ts';
import type { Predictor } from '../predictor.ts';
import { type AccessVars, callerOf, guardRoutes } from './access.ts';
import { errorAnswer } from './answer.ts';
import { type Canary, tryOut } from './canary.ts';
import { createCatalog, type Kept } from './catalog.ts';
import { type CorsVars, createCors } from './cors.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { predictRoutes } from './routes/predict.ts';
import type { Edge, Route } from './routes/route.ts';
import { tritonRoutes } from './routes/triton.ts';
import { v1Routes } from './routes/v1.ts';
import { v2Routes } from './routes/v2.ts';
import { type SiteVars, siteFile } from './site.ts';
import { refuseUnread } from './unread-body.ts';

/** All that a deployment may set. */
export type AppVars = LimitVars & CacheVars & CorsVars & SiteVars & AccessVars & ObserveVars;

/** An app with a standard `fetch(request)`, where another predictor may be on trial. Throws when a var of `vars` is not what its reader expects. */
export function createApp(predictor: Predictor, vars: AppVars, canary?: Canary): Hono {
  const observer = createObserver(vars, { callerOf, state: () => ({ ...stateOf(predictor), ...trial?.state() }) });
  const limits = readLimits(vars);
  const met = new Map<string, Kept>();
  const edgeOf = (predictor: Predictor): Edge => {
    const catalog = createCatalog(predictor, Date.now, met);
    const observe = observer?.observe(catalog);
    const cache = createAnswerCache(vars, { catalog, observe, callerOf, nowMs: Date.now });
    return { predictor, catalog, limits, observe, cache };
  };
  const edge = edgeOf(predictor);
  const trial = canary && tryOut(canary, { edge, edgeOf, routesOf });
  const served = trial?.routes ?? routesOf(edge);
  // Observed from outside the guard, so that a refusal has its route too.
  const guarded = guardRoutes([...served, ...metricsRoutes(observer?.metrics)], vars);
  const routes = observer === undefined ? guarded : guarded.map(observer.route);

  const app = new Hono({ strict: false });
  const cors = createCors(vars);
  if (cors !== undefined) app.use(cors);
  for (const { method, path, handler } of routes) app.on(method, path, handler);
  const other = new Hono({ strict: false });
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map((route) => route.method);
    const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    other.all(path, (c) =>
      refuseUnread(c.req.raw, { kind: 'wrong-method', method: c.req.method, path: c.req.path, allow }),
    );
  }
  other.notFound(async (c) => {
    const file = vars.SITE && (await siteFile(vars.SITE, c.req.method, c.req.path));
    return file ?? refuseUnread(c.req.raw, { kind: 'unknown-route', method: c.req.method, path: c.req.path });
  });
  other.onError((cause) => {
    throw cause;
  });
  // Behind the routes and not beside them: a request of one handler passes through no chain of them.
  app.notFound((c) => other.fetch(c.req.raw));
  app.onError((cause) => {
    console.error(cause);
    return errorAnswer({
      kind: 'internal',
      code: 'INTERNAL',
      remedy: 'the fault is ours; the log of the Worker has it',
    });
  });
  if (observer !== undefined) app.fetch = observer.fetch(app.fetch);
  return app;
}

function routesOf(edge: Edge): readonly Route[] {
  const routes = [...predictRoutes(edge), ...v1Routes(edge), ...tritonRoutes(edge), ...v2Routes(edge)];
  return edge.cache === undefined ? routes : routes.map(edge.cache.route);
}

/** How a predictor stands that tells. A stub of RPC has every method that it is asked for, but none of its own. */
function stateOf(predictor: Predictor & { state?(): object }): object {
  return Object.hasOwn(predictor, 'state') ? (predictor.state?.() ?? {}) : {};
}
