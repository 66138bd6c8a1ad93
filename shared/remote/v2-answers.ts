/**
 * What a server of the Open Inference Protocol v2 answers, held against schemas: unknown comes in, our types go out. As in
 * requests, an optional member that is null is absent.
 */
import * as v from 'valibot';
import { type PredictError, quote } from '../errors.ts';
import { createReader, HEADER_LENGTH, splitBody } from '../http/binary-body.ts';
import { parseJson } from '../http/body.ts';
import { parseExactJson } from '../http/exact-json.ts';
import { decodeElements } from '../http/tensor-bytes.ts';
import { readTensorData } from '../http/tensor-data.ts';
import { needExactJson } from '../http/tensor-json.ts';
import { ModelCard, type TensorSpec } from '../model-card.ts';
import { type InferResponse, NO_REVISION } from '../predictor.ts';
import { fail, ok, type Result } from '../result.ts';
import { createTensor, elementCount, isDatatype, type Tensor } from '../tensor.ts';

const Index = v.array(
  v.object({
    name: v.string(),
    version: v.nullish(v.string()),
    state: v.nullish(v.string()),
    reason: v.nullish(v.string()),
  }),
);
export type IndexEntry = v.InferOutput<typeof Index>[number];

const TensorMetadata = v.pick(ModelCard.entries.inputs.item, ['name', 'datatype', 'shape']);

const Metadata = v.object({
  name: v.string(),
  versions: v.nullish(v.array(v.string()), []),
  platform: v.nullish(v.string(), ''),
  inputs: v.nullish(v.array(TensorMetadata), []),
  outputs: v.nullish(v.array(TensorMetadata), []),
  properties: v.nullish(v.object({ card: v.nullish(v.string()), revision: v.nullish(v.string()) })),
});

const Size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const Output = v.object({
  name: v.string(),
  datatype: v.string(),
  shape: v.array(Size),
  parameters: v.nullish(v.object({ binary_data_size: v.nullish(Size) })),
  data: v.optional(v.unknown()),
});

const Answer = v.object({
  model_version: v.nullish(v.string(), '1'),
  parameters: v.nullish(v.object({ revision: v.nullish(v.string()) })),
  outputs: v.array(Output),
});

/** Answer of `POST /v2/repository/index`. */
export function readIndex(response: Response): Promise<Result<IndexEntry[], PredictError>> {
  return readBody(response, Index);
}

/** What a server tells of a model, and the revision of its models that it belongs to. */
export interface Description {
  readonly card: ModelCard;
  readonly revision: string;
  readonly versions: readonly string[];
}

/** Answer of `GET /v2/models/{model}[/versions/{version}]`: the card in its properties, or one made from the plain metadata. */
export async function readMetadata(response: Response, version?: string): Promise<Result<Description, PredictError>> {
  const metadata = await readBody(response, Metadata);
  if (!metadata.ok) return metadata;
  const { versions, properties } = metadata.value;
  const text = properties?.card ?? undefined;
  // Only beside a card of ours is it known what a revision means.
  if (text === undefined) return ok({ card: plainCard(metadata.value, version), revision: NO_REVISION, versions });
  const revision = properties?.revision ?? NO_REVISION;
  const json = parseJson(text);
  const card = v.safeParse(ModelCard, json.ok ? json.value : undefined);
  return card.success ? ok({ card: card.output, revision, versions }) : strange('a model card that is none');
}

/** The card of a model that has none of its own; `version` is the one that was asked for. */
export function plainCard(
  { name, versions, platform, inputs, outputs }: v.InferOutput<typeof Metadata>,
  version = versions.at(-1) ?? '1',
): ModelCard {
  return { name, version, platform, task: 'unknown', inputs, outputs, primaryOutput: outputs[0]?.name ?? '' };
}

/** Answer of `POST /v2/models/{model}/infer`, with binary tensors or JSON ones. */
export async function readInferAnswer(response: Response): Promise<Result<InferResponse, PredictError>> {
  return decodeInferAnswer(new Uint8Array(await response.arrayBuffer()), response.headers.get(HEADER_LENGTH));
}

/** The same of a body, and of the header that gives the length of its JSON. */
export function decodeInferAnswer(body: Uint8Array, headerLength: string | null): Result<InferResponse, PredictError> {
  const split = splitBody(body, headerLength);
  if (!split.ok) return strange('a wrong header length');
  const plain = parse(split.value.json, Answer);
  if (!plain.ok) return plain;
  const answer = needExactJson(plain.value.outputs) ? parse(split.value.json, Answer, parseExactJson) : plain;
  if (!answer.ok) return answer;
  const reader = createReader(split.value.binary);
  const outputs: Tensor[] = [];
  for (const { name, datatype, shape, data, parameters } of answer.value.outputs) {
    if (!isDatatype(datatype)) return strange(`output ${quote(name)} of datatype ${quote(datatype)}`);
    const bytes = parameters?.binary_data_size ?? undefined;
    const binary = bytes === undefined ? undefined : reader.take(bytes);
    const elements =
      binary === undefined
        ? readTensorData(data, { where: '', datatype, shape, nullIsNan: false })
        : decodeElements(datatype, binary);
    if (!elements.ok || elements.value.length !== elementCount(shape)) {
      return strange(`output ${quote(name)} without the data of its shape`);
    }
    outputs.push(createTensor(name, datatype, shape, elements.value));
  }
  const { model_version: version, parameters } = answer.value;
  return ok({ version, revision: parameters?.revision ?? NO_REVISION, outputs });
}

/** The outputs that were asked for, or all, as far as each is what the model's metadata says of it; any, where they say nothing. */
export function checkOutputs(
  specs: readonly TensorSpec[],
  asked: readonly string[] | undefined,
  outputs: readonly Tensor[],
): Result<readonly Tensor[], PredictError> {
  if (specs.length === 0) return ok(outputs);
  const checked: Tensor[] = [];
  for (const name of asked ?? specs.map((spec) => spec.name)) {
    const spec = specs.find((known) => known.name === name);
    const output = outputs.find((given) => given.name === name);
    if (output === undefined) return strange(`no output ${quote(name)}`);
    if (spec === undefined || !fits(spec, output)) {
      const expected = spec === undefined ? 'nothing' : typeText(spec);
      return strange(`output ${quote(name)} of ${typeText(output)}, of which the metadata say ${expected}`);
    }
    checked.push(output);
  }
  return ok(checked);
}

function fits(spec: TensorSpec, { datatype, shape }: Tensor): boolean {
  if (spec.datatype !== datatype || spec.shape.length !== shape.length) return false;
  return spec.shape.every((size, axis) => size === -1 || size === shape[axis]);
}

function typeText({ datatype, shape }: Pick<TensorSpec, 'datatype' | 'shape'> | Tensor): string {
  return `${datatype} ${JSON.stringify(shape)}`;
}

/** The error of an answer that is not a 2xx: status, text and the time to wait as the server gave them. */
export async function readError(response: Response) {
  const error = parse(new Uint8Array(await response.arrayBuffer()), v.object({ error: v.string() }));
  const { status } = response;
  if (status < 400 || !error.ok) return strange(`status ${status} without an error text`, status);
  const retryAfter = response.headers.get('Retry-After');
  return fail<PredictError>({ kind: 'upstream', status, message: error.value.error, retryAfter });
}

/** The body of an answer, held against `schema`. */
export async function readBody<T>(
  response: Response,
  schema: v.GenericSchema<unknown, T>,
): Promise<Result<T, PredictError>> {
  if (!response.ok) return readError(response);
  return parse(new Uint8Array(await response.arrayBuffer()), schema);
}

function parse<T>(
  body: string | Uint8Array,
  schema: v.GenericSchema<unknown, T>,
  parser?: (text: string) => unknown,
): Result<T, PredictError> {
  const json = parseJson(body, parser);
  const parsed = v.safeParse(schema, json.ok ? json.value : undefined, { abortEarly: true });
  if (parsed.success) return ok(parsed.output);
  return strange(`${v.getDotPath(parsed.issues[0]) ?? 'a body'} that does not fit the protocol`);
}

/** `status` of an answer that is no 2xx. */
function strange(what: string, status?: number) {
  return fail<PredictError>({
    kind: 'bad-upstream',
    got: `one with ${what}`,
    ...(status === undefined ? {} : { status }),
  });
}
