/**
 * The `node` arm: the same http app on Node, over onnxruntime-node, which has the types of onnxruntime-web. Its packages
 * are installed on request only, so they are imported by names that the type checker does not follow.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Ort from 'onnxruntime-web';
import { findModels, inServedOrder } from '../../models/build/model-folder.ts';
import { versionName } from '../../models/build/model-name.ts';
import { ROOT } from '../../models/build/workers.ts';
import { createApp } from '../../shared/http/app.ts';
import { isVersion } from '../../shared/model-versions.ts';
import type { InferRequest, Predictor } from '../../shared/predictor.ts';
import { ok } from '../../shared/result.ts';
import { createTensor, type Datatype } from '../../shared/tensor.ts';

const packages = { ort: 'onnxruntime-node', server: '@hono/node-server' };
const ort: typeof Ort = await import(packages.ort);
const { serve }: { serve(options: object): void } = await import(packages.server);

const revision = 'node';
const models = inServedOrder(findModels(join(ROOT, 'models'))).map(({ card, onnx }) => ({
  card,
  onnx,
  ready: true,
  reason: '',
}));
const sessions = new Map<string, Ort.InferenceSession>();
for (const { card, onnx } of models) {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  sessions.set(versionName(card), await ort.InferenceSession.create(readFileSync(onnx), options));
}

/** The package's name of a datatype: `float32` of FP32, `string` of BYTES, `int64` of INT64. */
function ortType(datatype: Datatype) {
  return datatype.toLowerCase().replace('fp', 'float').replace('bytes', 'string') as Ort.Tensor.Type;
}

async function infer({ model, version, inputs, outputs }: InferRequest) {
  const card = models.find(({ card }) => card.name === model && isVersion(card, version))?.card;
  const session = card && sessions.get(versionName(card));
  if (card === undefined || session === undefined) throw new Error(`expected a model, got ${model}`);
  const feeds = inputs.map(({ name, datatype, shape, data }) => {
    return [name, new ort.Tensor(ortType(datatype), data, shape)] as const;
  });
  const got = await session.run(Object.fromEntries(feeds), outputs ?? card.outputs.map(({ name }) => name));
  const tensors = card.outputs.flatMap(({ name, datatype }) => {
    const tensor = got[name];
    return tensor === undefined ? [] : createTensor(name, datatype, tensor.dims, tensor.data);
  });
  return ok({ version: card.version, revision, outputs: tensors });
}

const predictor: Predictor = { models: async () => ok({ revision, models }), infer };

serve({ fetch: createApp(predictor, {}).fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' });
