/** Cross-origin requests: pages of other origins read the answers only where the var `CORS_ORIGINS` names them. */
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { REQUEST_ID } from '../observe/trace-context.ts';
import { HEADER_LENGTH } from './binary-body.ts';

/** `CORS_ORIGINS` is a list of origins between commas or spaces, or `*` for all. */
export interface CorsVars {
  readonly CORS_ORIGINS?: string;
}

/** How long browsers keep the answer to a preflight, in seconds: the most that Chromium does. */
const MAX_AGE_S = 7_200;

/** What answers preflights and marks answers; none without origins. Throws on one that is none: no such Worker starts. */
export function createCors({ CORS_ORIGINS = '' }: CorsVars): MiddlewareHandler | undefined {
  const origins = CORS_ORIGINS.split(/[\s,]+/).filter((name) => name !== '');
  const wrong = origins.find((name) => name !== '*' && !isOrigin(name));
  if (wrong !== undefined) {
    throw new Error(`var CORS_ORIGINS: expected * or origins as https://example.com, got ${JSON.stringify(wrong)}`);
  }
  if (origins.length === 0) return undefined;
  return cors({
    origin: origins.includes('*') ? '*' : origins,
    allowMethods: ['GET', 'HEAD', 'POST'],
    exposeHeaders: [HEADER_LENGTH, 'Age', 'Allow', 'Cache-Status', 'Retry-After', 'WWW-Authenticate', REQUEST_ID],
    maxAge: MAX_AGE_S,
  });
}

function isOrigin(name: string): boolean {
  return !name.includes('*') && URL.canParse(name) && new URL(name).origin === name;
}
