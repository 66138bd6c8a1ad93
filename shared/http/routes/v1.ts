/**
 * The first protocol of TensorFlow Serving and of KServe: rows in, predictions out, and whether a model answers.
 * https://www.tensorflow.org/tfx/serving/api_rest, https://kserve.github.io/website/docs/concepts/architecture/data-plane/v1-protocol
 */
import type { HonoRequest } from 'hono';
import type { PredictError } from '../../errors.ts';
import { isVersion } from '../../model-versions.ts';
import { fail, ok, type Result } from '../../result.ts';
import { errorAnswer, jsonAnswer } from '../answer.ts';
import { findReady } from '../catalog.ts';
import { refuseUnread } from '../unread-body.ts';
import { predictAnswer } from './predict.ts';
import type { Edge, Route, Target } from './route.ts';

/** A pattern for all of them: one with the verb in it would be ambiguous to the router, which then takes a slower one. */
const MODEL = '/v1/models/:target{.+}';

/** `NAME`, `NAME/versions/N` or `NAME/labels/L`, each with or without a verb. */
const TARGET = /^([^/]+?)(?:\/(?:versions|labels)\/([^/]+?))?(:predict)?$/;

export function v1Routes(edge: Edge): Route[] {
  const ofModel = (verb: string, answer: (target: Target, request: Request) => Promise<Response>): Route['handler'] => {
    return async ({ req }) => {
      const target = readTarget(req, verb);
      return target.ok ? answer(target.value, req.raw) : refuseUnread(req.raw, target.error);
    };
  };
  return [
    { method: 'GET', path: '/v1/models', handler: () => list(edge) },
    { method: 'GET', path: MODEL, handler: ofModel('', (target) => status(edge, target)) },
    {
      method: 'POST',
      path: MODEL,
      handler: ofModel(':predict', (target, request) => predictAnswer(edge, request, target)),
    },
  ];
}

/** The model that the path names, where it has the verb that goes with the method. */
function readTarget(req: HonoRequest, verb: string): Result<Target, PredictError> {
  const { method, path } = req;
  const parts = TARGET.exec(req.param('target') ?? '');
  if (parts === null) return fail({ kind: 'unknown-route', method, path });
  const [whole, model = '', version, gotVerb = ''] = parts;
  if (gotVerb === '' && method === 'POST' && whole.includes(':')) {
    return fail({ kind: 'unknown-route', method, path, why: ':predict is the only verb of models here' });
  }
  if (gotVerb !== verb)
    return fail({ kind: 'wrong-method', method, path, allow: gotVerb === '' ? ['GET', 'HEAD'] : ['POST'] });
  return ok(version === undefined ? { model } : { model, version });
}

async function list({ catalog }: Edge): Promise<Response> {
  const found = await catalog.fresh();
  if (!found.ok) return errorAnswer(found.error);
  return jsonAnswer({ models: [...new Set(found.value.models.map(({ card }) => card.name))] });
}

/** What both ask for in one: KServe's `ready`, and TensorFlow Serving's list of versions. */
async function status({ catalog }: Edge, target: Target): Promise<Response> {
  const found = await findReady(catalog, target);
  if (!found.ok) return errorAnswer(found.error);
  const { card, catalog: known } = found.value;
  const versions = known.models.filter((one) => one.card.name === card.name && isVersion(one.card, target.version));
  const model_version_status = versions.map(({ card: { version }, ready, reason }) => {
    const state = ready ? 'AVAILABLE' : 'END';
    return { version, state, status: { error_code: ready ? 'OK' : 'UNAVAILABLE', error_message: reason } };
  });
  return jsonAnswer({ name: card.name, ready: true, model_version_status });
}
