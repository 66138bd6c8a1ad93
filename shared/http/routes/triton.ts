/**
 * What NVIDIA Triton's clients ask for beyond the protocol: a model's configuration, and the rest, which is refused with
 * the reason.
 */
import type { ModelCard, TensorSpec } from '../../model-card.ts';
import { errorAnswer, jsonAnswer } from '../answer.ts';
import { refuseUnread } from '../unread-body.ts';
import { type Edge, ofModel, type Route, type Target, targetOf } from './route.ts';

export const STATISTICS = "no isolate counts for the others; the platform's analytics count requests";
const REPOSITORY = 'models come with a deployment; "npm run models -- add" and another deployment change them';
const MEMORY = 'there is no memory to share with a client; send tensors in the body';
const SETTINGS = "logs and traces are set in the deployment's configuration";

/** Why each is not there. `/v2/models/stats` is with the metadata: beside a pattern it would cost the router its fast way. */
const REFUSED: Readonly<Record<string, string>> = {
  '/v2/models/:model/stats': STATISTICS,
  '/v2/models/:model/versions/:version/stats': STATISTICS,
  '/v2/repository/models/:model/load': REPOSITORY,
  '/v2/repository/models/:model/unload': REPOSITORY,
  '/v2/systemsharedmemory/:request{.+}': MEMORY,
  '/v2/cudasharedmemory/:request{.+}': MEMORY,
  '/v2/models/:model/trace/setting': SETTINGS,
  '/v2/trace/setting': SETTINGS,
  '/v2/logging': SETTINGS,
};

export function tritonRoutes(edge: Edge): Route[] {
  const refusals = Object.entries(REFUSED).flatMap(([path, why]) => {
    const handler: Route['handler'] = ({ req: { method, path, raw } }) =>
      refuseUnread(raw, { kind: 'unknown-route', method, path, why });
    return (['GET', 'POST'] as const).map((method) => ({ method, path, handler }));
  });
  return [...ofModel('/config', 'GET', (c) => config(edge, targetOf(c))), ...refusals];
}

async function config({ catalog }: Edge, target: Target): Promise<Response> {
  const found = await catalog.model(target);
  return found.ok ? jsonAnswer(modelConfig(found.value.card)) : errorAnswer(found.error);
}

/**
 * Triton's `ModelConfig`, of what a card says. `max_batch_size` 0 says that `dims` are whole shapes, the first size too.
 * https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto
 */
function modelConfig({ name, platform, inputs, outputs }: ModelCard): unknown {
  return {
    name,
    platform,
    backend: 'onnxruntime',
    max_batch_size: 0,
    input: inputs.map(tensorConfig),
    output: outputs.map(tensorConfig),
  };
}

function tensorConfig({ name, datatype, shape }: TensorSpec): unknown {
  return { name, data_type: `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`, dims: shape };
}
