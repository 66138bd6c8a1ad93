/**
 * A predictor Worker that does to each inference what the name of the model says, over RPC, over a binding's fetch and over
 * HTTP: a build of its own, with that Worker in the place of the real one.
 */
import { readConfig } from '../../models/build/workers.ts';
import { workerBuild } from './released-predictor.ts';

/** What `well` answers. */
export const MOODY_ANSWER = 7;

const SOURCE = `
import { WorkerEntrypoint } from 'cloudflare:workers';
const never = () => new Promise((resolve) => setTimeout(resolve, 60_000));
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const unavailable = { ok: false, error: { kind: 'model-unavailable', model: 'unavailable', reason: 'none' } };
const RPC = {
  well: () => ({ ok: true, value: { version: '1', revision: '', outputs: [
    { name: 'Y', datatype: 'FP32', shape: [1], data: Float32Array.of(${MOODY_ANSWER}) },
  ] } }),
  slow: async () => { await later(50); return RPC.well(); },
  hang: never,
  trickle: never,
  late: async () => { await later(600); throw new Error('late'); },
  throw: () => { throw new TypeError('moody'); },
  garbage: () => 'garbage',
  unavailable: () => unavailable,
};
const outputs = [{ name: 'Y', datatype: 'FP32', shape: [1], data: [${MOODY_ANSWER}] }];
const HTTP = {
  well: () => Response.json({ model_name: 'well', outputs }),
  slow: async () => { await later(50); return HTTP.well(); },
  hang: never,
  trickle: () => {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const write = async () => { for (;;) { await writer.write(new TextEncoder().encode(' ')); await later(20); } };
    write().catch(() => undefined);
    return new Response(readable);
  },
  late: RPC.late,
  throw: RPC.throw,
  garbage: () => new Response('<!DOCTYPE html>'),
  unavailable: () => Response.json({ error: 'model "unavailable": expected it ready, got none' }, { status: 503 }),
};
export default class extends WorkerEntrypoint {
  models() { return { ok: true, value: { revision: '', models: [] } }; }
  async infer({ model }) { return RPC[model](); }
  async fetch(request) {
    const [, , , model, verb] = new URL(request.url).pathname.split('/');
    if (verb === 'infer') return HTTP[model]();
    return Response.json(model === 'index' ? [] : { name: model, versions: ['1'] });
  }
}
`;

/** Root of a build whose predictor it is. */
export function moodyBuild(): string {
  return workerBuild(readConfig('predictor').name, SOURCE).root;
}
