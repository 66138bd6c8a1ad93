/**
 * The API as an OpenAPI 3.1 document, made of the schemas that requests are held against. The build writes it among the
 * site's files, so that no Worker carries it. A route of the app has its line in `OPERATIONS`, which a test holds it to.
 */
import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import type { ModelCard } from '../model-card.ts';
import type { Tensor } from '../tensor.ts';
import { HEADER_LENGTH } from './binary-body.ts';
import { SCHEMAS } from './openapi-schemas.ts';
import { SERVER } from './routes/v2.ts';
import { tableOf } from './rows.ts';
import { shortestOfFp32, toJsonElements } from './tensor-json.ts';

type SchemaName = keyof typeof SCHEMAS;

/** What a route does. `paths`: what a client writes, where the app's pattern says less. `examples`: whose requests of a model are its examples. `binary`: it takes and gives bytes too. */
export interface Operation {
  readonly summary: string;
  readonly answer: SchemaName;
  readonly request?: SchemaName;
  readonly examples?: (model: DocumentedModel) => object | undefined;
  readonly binary?: boolean;
  readonly paths?: readonly string[];
}

const PREDICT = { answer: 'PredictAnswer', request: 'PredictRequest' } as const;
const MODEL = '/v2/models/:model';
const V1_PATHS = ['', '/versions/{version}', '/labels/{label}'].map((part) => `/v1/models/{model}${part}`);

/** Every route by its method and its path in the app. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /predict': {
    ...PREDICT,
    summary: 'A number or label for one row, or for each of several, from the default model',
    examples: (model) => (model.card.default ? predictExample(model) : undefined),
  },
  'POST /models/:model/predict': {
    ...PREDICT,
    summary: 'The same from any model with one FP32 table as its input',
    examples: predictExample,
  },
  'POST /v1/models/:target{.+}': {
    ...PREDICT,
    summary: 'The same, as TensorFlow Serving and KServe have it',
    examples: predictExample,
    paths: V1_PATHS.map((path) => `${path}:predict`),
  },
  'GET /v1/models/:target{.+}': {
    summary: 'Whether a model can answer, and its versions',
    answer: 'ModelStatus',
    paths: V1_PATHS,
  },
  'GET /v1/models': { summary: 'Names of the models', answer: 'Models' },
  'GET /v2': { summary: 'The server, and the extensions of the protocol that it speaks', answer: 'Server' },
  'GET /v2/health/live': { summary: 'Whether the server is there', answer: 'Live' },
  'GET /v2/health/ready': { summary: 'Whether every model can answer', answer: 'Ready' },
  'POST /v2/repository/index': { summary: 'The models', answer: 'Index' },
  ...ofModel('GET', '', { summary: 'Inputs and outputs of a model, and its card', answer: 'Metadata' }),
  ...ofModel('GET', '/ready', { summary: 'Whether a model can answer', answer: 'ModelReady' }),
  ...ofModel('GET', '/config', { summary: "A model's configuration, as Triton has it", answer: 'Config' }),
  ...ofModel('POST', '/infer', {
    summary: 'Runs a model on tensors, which are JSON or bytes',
    answer: 'InferAnswer',
    request: 'InferRequest',
    examples: inferExample,
    binary: true,
  }),
};

function ofModel(method: string, suffix: string, operation: Operation): Record<string, Operation> {
  return {
    [`${method} ${MODEL}${suffix}`]: operation,
    [`${method} ${MODEL}/versions/:version${suffix}`]: { ...operation, summary: `${operation.summary}, by version` },
  };
}

/** A model with inputs that it is known to run on. */
export interface DocumentedModel {
  readonly card: ModelCard;
  readonly inputs: readonly Tensor[];
}

/** A request to `/v2/models/NAME/infer`; undefined where JSON has no form for its data. */
function inferExample({ card, inputs }: DocumentedModel): object | undefined {
  const tensors = inputs.map((input) => {
    const { name, datatype, shape } = input;
    const elements = input.datatype === 'FP16' ? null : toJsonElements({ model: card.name, nonFinite: 'null' }, input);
    return elements?.ok ? { name, datatype, shape, data: elements.value } : undefined;
  });
  return tensors.includes(undefined) ? undefined : { inputs: tensors };
}

/** A request for the first row, by name where the card has names; undefined of a model that takes no table. */
function predictExample({ card, inputs: [table] }: DocumentedModel): object | undefined {
  const known = tableOf(card);
  if (!known.ok || table?.datatype !== 'FP32') return undefined;
  const { width, spec } = known.value;
  const row = Array.from(table.data.subarray(0, width), (value) =>
    Number.isFinite(value) ? shortestOfFp32(value) : null,
  );
  const named = spec.features?.map(({ name }, i) => [name, row[i]]);
  return { features: named === undefined ? row : Object.fromEntries(named) };
}

/** The document. Requests of more than `maxBodyBytes` are no examples. */
export function openApi(models: readonly DocumentedModel[], maxBodyBytes: number): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method = '', pattern = ''] = route.split(' ');
    const fits = (example: object | undefined) =>
      example !== undefined && JSON.stringify(example).length <= maxBodyBytes;
    for (const path of operation.paths ?? [pattern.replaceAll(/:(\w+)/g, '{$1}')]) {
      const asked = path.includes('{label}') ? models.filter(({ card }) => card.labels?.length) : models;
      const examples = asked.map((model) => [model.card.name, operation.examples?.(model)] as const);
      paths[path] = {
        ...paths[path],
        [method.toLowerCase()]: {
          summary: operation.summary,
          operationId: `${method}${path}`.replaceAll(/\W+/g, '_'),
          tags: [tagOf(path)],
          parameters: parametersOf(path, operation, asked),
          ...requestOf(
            operation,
            examples.flatMap(([name, value]) => (fits(value) ? [[name, { value }]] : [])),
          ),
          responses: responsesOf(operation),
          ...(path.startsWith('/v2/health/') && { security: [] }),
        },
      };
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tandem',
      version: SERVER.version,
      description: 'ONNX models at the edge. [Try them in the playground.](/)',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    // A deployment may have API keys or none.
    security: [{}, { bearer: [] }, { header: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, where the deployment has some' },
        header: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same, in a header of its own' },
      },
      schemas: toJsonSchemaDefs(SCHEMAS, {
        target: 'draft-2020-12',
        overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
      }),
    },
  };
}

function tagOf(path: string): string {
  const [, version] = path.split('/');
  if (version === 'v1') return 'TensorFlow Serving and KServe v1';
  return version === 'v2' ? 'Open Inference Protocol v2' : 'Simple';
}

function parametersOf(path: string, { binary }: Operation, models: readonly DocumentedModel[]): object[] {
  const known = (name: string) =>
    models.map(({ card }) => {
      const names: Record<string, unknown> = { model: card.name, version: card.version, label: card.labels?.[0] };
      return [card.name, { value: names[name] }];
    });
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    return { name, in: 'path', required: true, schema: { type: 'string' }, examples: Object.fromEntries(known(name)) };
  });
  const description = 'bytes of the JSON, behind which those of the tensors follow';
  return binary ? [...inPath, { name: HEADER_LENGTH, in: 'header', description, schema: { type: 'integer' } }] : inPath;
}

function contentOf(name: SchemaName, { binary }: Operation, examples?: object): object {
  const json = { schema: { $ref: `#/components/schemas/${name}` }, ...(examples && { examples }) };
  return { 'application/json': json, ...(binary && { 'application/octet-stream': {} }) };
}

function requestOf(operation: Operation, examples: readonly (readonly [string, object])[]): object {
  const { request } = operation;
  if (request === undefined) return {};
  return { requestBody: { required: true, content: contentOf(request, operation, Object.fromEntries(examples)) } };
}

/** Of inferences. */
const CACHE_HEADERS = {
  'Cache-Status': {
    description:
      'whether an answer was given again, where the card of the model has a cache and the deployment too (RFC 9211)',
    schema: { type: 'string' },
  },
  Age: { description: 'of an answer that was given again, in seconds', schema: { type: 'integer' } },
};

function responsesOf(operation: Operation): object {
  const error = (description: string) => ({
    description,
    content: contentOf('Error', { ...operation, binary: false }),
  });
  return {
    200: {
      description: 'The answer',
      ...(operation.examples && { headers: CACHE_HEADERS }),
      content: contentOf(operation.answer, operation),
    },
    '4XX': error('The request is at fault'),
    '5XX': error('The server is at fault, or busy'),
  };
}
