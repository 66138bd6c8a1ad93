/**
 * Who may call: API keys and a rate limit, each only where the deployment has it. Without both the routes stay what they
 * are, and no request is looked at. A `/v2/health` route is open to all; paths and methods that no route has are answered
 * without a key, as they are the same on every server.
 */
import type { Context } from 'hono';
import { createKeyring, type FindKey, parseEntries, type Scope } from '../api-keys.ts';
import type { PredictError } from '../errors.ts';
import { PLATFORM_CLOCK } from '../resilience/clock.ts';
import { LATE, within } from '../resilience/deadline.ts';
import type { Route } from './routes/route.ts';
import { refuseUnread } from './unread-body.ts';

/** The rate limiting binding of Workers. */
export interface RateLimit {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** `API_KEYS` is a secret as `npm run keys` makes it. One that is set and empty lets nobody in. */
export interface AccessVars {
  readonly API_KEYS?: string;
  readonly RATE_LIMIT?: RateLimit;
}

/** The name of the caller in Hono's context, where handlers and whatever stands around them find it. */
const CALLER = 'caller';

/** The id of the key that a request was let in with; undefined on open routes, and where there are no keys. */
export function callerOf(c: Context): string | undefined {
  const caller: unknown = c.get(CALLER);
  return typeof caller === 'string' ? caller : undefined;
}

/** What lets a request in, or says why not. */
type Check = (c: Context, scope: Scope) => Promise<PredictError | undefined>;

/** The routes behind what `vars` ask for. Throws on an `API_KEYS` that is malformed: no such Worker starts. */
export function guardRoutes(routes: readonly Route[], { API_KEYS, RATE_LIMIT }: AccessVars): readonly Route[] {
  const checks: Check[] = [];
  if (API_KEYS !== undefined) checks.push(keyCheck(createKeyring(parseEntries(API_KEYS))));
  // Elsewhere than on Workers it would be an environment variable of that name.
  if (typeof RATE_LIMIT === 'object') checks.push(rateCheck(RATE_LIMIT));
  return checks.length === 0 ? routes : routes.map((route) => guard(route, checks));
}

function guard(route: Route, checks: readonly Check[]): Route {
  const { scope = 'infer', handler } = route;
  if (scope === 'none') return route;
  const guarded: Route['handler'] = async (c) => {
    for (const check of checks) {
      const refused = await check(c, scope);
      if (refused !== undefined) return refuseUnread(c.req.raw, refused);
    }
    return handler(c);
  };
  return { ...route, handler: guarded };
}

function keyCheck(find: FindKey): Check {
  return async (c, scope) => {
    const key = keyOf(c.req.raw.headers);
    const entry = key === undefined ? undefined : await find(key);
    if (entry === undefined) return { kind: 'no-key', isWrong: key !== undefined };
    c.set(CALLER, entry.id);
    if (entry.scopes.includes(scope)) return undefined;
    return { kind: 'wrong-scope', caller: entry.id, scope, got: entry.scopes };
  };
}

/** A bearer token, as most clients send it, or a header that others have for it. */
function keyOf(headers: Headers): string | undefined {
  const [, token] = /^bearer +(.+)$/i.exec(headers.get('Authorization') ?? '') ?? [];
  return token ?? headers.get('X-API-Key') ?? undefined;
}

/** How long the limiter may take. */
const BOUND = { clock: PLATFORM_CLOCK, limitMs: 100 };

/**
 * Counts by key, or without keys by address. A limiter that fails or hangs lets everybody pass: it is there to keep the
 * service up, and nothing is secret behind it.
 */
function rateCheck(limiter: RateLimit): Check {
  return async (c) => {
    const caller = callerOf(c) ?? c.req.raw.headers.get('CF-Connecting-IP') ?? 'unknown';
    try {
      const answer = await within(BOUND, () => limiter.limit({ key: caller }));
      if (answer === LATE) throw new Error(`no answer in ${BOUND.limitMs} ms`);
      return answer.success ? undefined : { kind: 'rate-limited', caller };
    } catch (cause) {
      console.error('rate limiter lost', cause);
      return undefined;
    }
  };
}
