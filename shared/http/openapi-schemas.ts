/** What is sent and answered, as the OpenAPI document has it: the schemas of requests, and those of answers. */
import * as v from 'valibot';
import { DATATYPES } from '../tensor.ts';
import { InferBody, PredictBody } from './schema.ts';

const Feature = v.nullable(v.number());
const Row = v.array(Feature);
const AnyRow = v.union([Row, v.record(v.string(), Feature)]);
const Value = v.nullable(v.union([v.number(), v.string(), v.boolean()]));
const Shape = v.array(v.pipe(v.number(), v.integer()));
const Tensors = v.array(v.object({ name: v.string(), datatype: v.picklist(DATATYPES), shape: Shape }));
const data = v.optional(v.pipe(v.unknown(), v.description('elements in row-major order, flat or nested in the shape')));

/** Where requests are checked element by element the schemas know less than this says. */
export const SCHEMAS = {
  PredictRequest: v.object({
    ...PredictBody.entries,
    features: v.nullish(AnyRow),
    instances: v.nullish(v.array(AnyRow)),
  }),
  PredictAnswer: v.union([v.object({ prediction: Value }), v.object({ predictions: v.array(Value) })]),
  InferRequest: v.object({
    ...InferBody.entries,
    inputs: v.array(v.object({ ...InferBody.entries.inputs.item.entries, datatype: v.picklist(DATATYPES), data })),
  }),
  InferAnswer: v.object({
    model_name: v.string(),
    model_version: v.string(),
    id: v.optional(v.string()),
    parameters: v.object({ revision: v.string() }),
    outputs: v.array(
      v.object({
        ...Tensors.item.entries,
        parameters: v.optional(v.object({ binary_data_size: v.pipe(v.number(), v.integer()) })),
        data,
      }),
    ),
  }),
  Server: v.object({ name: v.string(), version: v.string(), extensions: v.array(v.string()) }),
  Live: v.object({ live: v.boolean() }),
  Ready: v.object({ ready: v.boolean() }),
  ModelReady: v.object({ name: v.string(), ready: v.boolean() }),
  Metadata: v.object({
    name: v.string(),
    versions: v.array(v.string()),
    platform: v.string(),
    inputs: Tensors,
    outputs: Tensors,
    properties: v.object({
      card: v.pipe(v.string(), v.description('the model card, as JSON')),
      revision: v.pipe(v.string(), v.description('names this exact set of models')),
    }),
  }),
  Config: v.object({ name: v.string(), platform: v.string(), max_batch_size: v.number() }),
  Models: v.object({ models: v.array(v.string()) }),
  ModelStatus: v.object({
    name: v.string(),
    ready: v.boolean(),
    model_version_status: v.array(v.object({ version: v.string(), state: v.string() })),
  }),
  Index: v.array(
    v.object({
      name: v.string(),
      version: v.string(),
      state: v.picklist(['READY', 'UNAVAILABLE']),
      reason: v.string(),
    }),
  ),
  Error: v.object({ error: v.pipe(v.string(), v.description('what was expected, and what was got')) }),
};
