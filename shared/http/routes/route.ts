/** What a route is, and what its handler works with. */
import type { Context } from 'hono';
import type { Limits } from '../../limits.ts';
import type { Predictor } from '../../predictor.ts';
import type { Catalog } from '../catalog.ts';

/** The edge of one isolate. */
export interface Edge {
  readonly predictor: Predictor;
  readonly catalog: Catalog;
  readonly limits: Limits;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly handler: (c: Context) => Promise<Response> | Response;
}
