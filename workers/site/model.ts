/** What the page knows of a model: its card, with the members that only people read, and inputs that it runs on. */
import * as v from 'valibot';
import { parseExactJson } from '../../shared/http/exact-json.ts';
import { InferBody } from '../../shared/http/schema.ts';
import { readInputs } from '../../shared/http/v2-messages.ts';
import { ModelCard } from '../../shared/model-card.ts';
import { createTensor, type Datatype, type Tensor, type TensorData, TYPED_ARRAYS } from '../../shared/tensor.ts';

const { inputs, outputs } = ModelCard.entries;

const Model = v.looseObject({
  ...ModelCard.entries,
  description: v.optional(v.string(), ''),
  inputs: v.array(v.looseObject({ ...inputs.item.entries, unit: v.optional(v.string()) })),
  outputs: v.array(
    v.looseObject({
      ...outputs.item.entries,
      unit: v.optional(v.string()),
      classes: v.optional(v.array(v.string())),
    }),
  ),
});
export type Model = v.InferOutput<typeof Model>;
export type InputSpec = Model['inputs'][number];
export type OutputSpec = Model['outputs'][number];

/** Throws what does not fit. */
export function readModel(metadata: unknown): Model {
  return v.parse(Model, metadata);
}

const Examples = v.record(v.string(), v.object({ value: InferBody }));
const Content = v.object({ 'application/json': v.object({ examples: Examples }) });
const Operation = v.object({ post: v.object({ requestBody: v.object({ content: Content }) }) });
const INFER = '/v2/models/{model}/infer';
const Document = v.object({ paths: v.object({ [INFER]: Operation }) });

/** Inputs by model: the examples of the OpenAPI document. Empty where there is no such document. */
export async function readExamples(): Promise<ReadonlyMap<string, readonly Tensor[]>> {
  const response = await fetch('/openapi.json');
  const document = v.safeParse(Document, response.ok ? parseExactJson(await response.text()) : null);
  const examples = document.success
    ? Object.entries(document.output.paths[INFER].post.requestBody.content['application/json'].examples)
    : [];
  return new Map(
    examples.flatMap(([name, { value }]) => {
      const nullable = new Set(value.inputs.map((input) => input.name));
      const read = readInputs(value, { binary: new Uint8Array(), nullable });
      return read.ok ? [[name, read.value] as const] : [];
    }),
  );
}

/** Zeros in the smallest size, for a model without an example. */
export function zeros({ name, datatype, shape }: InputSpec): Tensor {
  const sizes = shape.map((size) => (size === -1 ? 1 : size));
  const count = sizes.reduce((product, size) => product * size, 1);
  const data = datatype === 'BYTES' ? Array<string>(count).fill('') : new TYPED_ARRAYS[datatype](count);
  return createTensor(name, datatype, sizes, data);
}

/** The elements of any datatype as a list. */
export function elementsOf(data: TensorData): (number | bigint | string)[] {
  const listed: Iterable<number | bigint | string> = data;
  return [...listed];
}

/** The same as people read them: FP16 as numbers, where the tensor has their bits. */
export function readableOf(datatype: Datatype, data: TensorData): (number | bigint | string)[] {
  const isHalf = datatype === 'FP16' && data instanceof Uint16Array;
  return isHalf ? [...new Float16Array(data.slice().buffer)] : elementsOf(data);
}
