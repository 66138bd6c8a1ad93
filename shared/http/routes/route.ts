/** What a route is, and what its handler works with. */
import type { Context } from 'hono';
import type { Scope } from '../../api-keys.ts';
import type { AnswerCache } from '../../cache/answer-cache.ts';
import type { Limits } from '../../limits.ts';
import type { Observe } from '../../observe/observer.ts';
import type { InferRequest, Predictor } from '../../predictor.ts';
import type { Catalog } from '../catalog.ts';

/** The edge of one isolate. */
export interface Edge {
  readonly predictor: Predictor;
  readonly catalog: Catalog;
  readonly limits: Limits;
  /** There is none where nothing is observed. */
  readonly observe: Observe | undefined;
  /** There is none where nothing is cached. */
  readonly cache: AnswerCache | undefined;
}

/** The model that a path names, and its version where it names one. */
export type Target = Pick<InferRequest, 'model' | 'version'>;

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** What a key must open for it, where the deployment has keys; `infer` if not given, `none` for a route open to all. */
  readonly scope?: Scope | 'none';
  readonly handler: (c: Context) => Promise<Response> | Response;
}

/** The route of the Open Inference Protocol v2 at `suffix` of a model, without and with a version. */
export function ofModel(suffix: string, method: Route['method'], handler: Route['handler']): Route[] {
  const model = '/v2/models/:model';
  return [model, `${model}/versions/:version`].map((path) => ({ method, path: path + suffix, handler }));
}

/** The model that the path of a route by `ofModel` names. */
export function targetOf({ req }: Context): Target {
  const version = req.param('version');
  const model = req.param('model') ?? '';
  return version === undefined ? { model } : { model, version };
}
