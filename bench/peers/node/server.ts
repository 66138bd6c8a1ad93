/**
 * The `node` arm: the same http app on Node, over onnxruntime-node. Both packages are installed on request only, so they
 * are imported by names that the type checker does not follow, and what is used of them is declared here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findModels } from '../../../models/build/artefact.ts';
import { ROOT } from '../../../models/build/workers.ts';
import { createApp } from '../../../shared/http/app.ts';
import type { CatalogEntry, InferRequest, Predictor } from '../../../shared/predictor.ts';
import { ok } from '../../../shared/result.ts';
import { createTensor, type Datatype } from '../../../shared/tensor.ts';

interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>, outputs?: readonly string[]): Promise<Record<string, OrtTensor>>;
}

interface Ort {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
}

interface NodeServer {
  serve(options: { fetch: unknown; port: number; hostname: string }): void;
}

const packages = { ort: 'onnxruntime-node', server: '@hono/node-server' };
const ort: Ort = await import(packages.ort);
const { serve }: NodeServer = await import(packages.server);

/** Names of datatypes in onnxruntime's JavaScript, for those that its tensors hold as ours do. */
const TYPES: Readonly<Partial<Record<Datatype, string>>> = {
  BOOL: 'bool',
  BYTES: 'string',
  FP32: 'float32',
  FP64: 'float64',
  INT32: 'int32',
  INT64: 'int64',
  UINT8: 'uint8',
};

const sessions = new Map<string, OrtSession>();
const models: CatalogEntry[] = [];
for (const { card, onnx } of findModels(join(ROOT, 'models'))) {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  sessions.set(card.name, await ort.InferenceSession.create(readFileSync(onnx), options));
  models.push({ card, ready: true, reason: '' });
}

const revision = 'node';

async function infer({ model, inputs, outputs }: InferRequest) {
  const entry = models.find(({ card }) => card.name === model);
  const session = sessions.get(model);
  if (entry === undefined || session === undefined) throw new Error(`expected a model, got ${model}`);
  const feeds = inputs.map(({ name, datatype, shape, data }) => {
    return [name, new ort.Tensor(TYPES[datatype] ?? '', data, shape)] as const;
  });
  const wanted = entry.card.outputs.filter(({ name }) => outputs?.includes(name) ?? true);
  const got = await session.run(
    Object.fromEntries(feeds),
    wanted.map(({ name }) => name),
  );
  const tensors = wanted.map(({ name, datatype }) =>
    createTensor(name, datatype, got[name]?.dims ?? [], got[name]?.data),
  );
  return ok({ version: entry.card.version, revision, outputs: tensors });
}

const predictor: Predictor = { models: async () => ok({ revision, models }), infer };

serve({ fetch: createApp(predictor, {}).fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' });
