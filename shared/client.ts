/**
 * The client: the Open Inference Protocol v2 and the simple route over `fetch`, for browsers, Node, Deno and Workers.
 * Tensors are typed arrays both ways and travel as bytes. It is built of the codecs of the server.
 *
 * Every call waits at most `timeoutMs`. What is tried again, up to `retries` times: an answer of 429, after the time that it
 * asks for; and, where nothing is computed, of 503, and a broken connection: what ended a predictor must not be sent to the next.
 */
import * as v from 'valibot';
import type {
  AnyModels,
  CallOptions,
  Client,
  ClientOptions,
  Fetch,
  InferAnswer,
  InferOptions,
  ModelCallOptions,
  TensorValue,
} from './client-api.ts';
import { ClientError } from './client-error.ts';
import { type PredictError, quote, toHttp } from './errors.ts';
import { attempt, refusal } from './remote/attempts.ts';
import { readBody, readIndex, readInferAnswer, readMetadata } from './remote/v2-answers.ts';
import { inferMessage, modelPath } from './remote/v2-requests.ts';
import type { Result } from './result.ts';
import { createTensor } from './tensor.ts';

export { ClientError };

const TIMEOUT_MS = 30_000;
const RETRIES = 2;

/** What a name of dots is in a path, however it is escaped: a step up, to another model or to the default one. */
const DOT_SEGMENT = /\/\.{1,2}(\/|$)/;

const Server = v.object({ name: v.string(), version: v.string(), extensions: v.optional(v.array(v.string()), []) });
const Prediction = v.nullable(v.union([v.number(), v.string(), v.boolean()]));
const Predicted = v.object({ prediction: Prediction });
const AllPredicted = v.object({ predictions: v.array(Prediction) });

type Tensors = Readonly<Record<string, TensorValue>>;

/** The client as it is when it runs, where names are texts. */
interface AnyClient extends Omit<Client, 'infer'> {
  infer(model: string, inputs: Tensors, options?: InferOptions<string>): Promise<InferAnswer<Tensors>>;
}

/** One request, and how its answer is read. */
interface Call<T> {
  readonly path: string;
  readonly init?: RequestInit;
  readonly read: (response: Response) => Promise<Result<T, PredictError>>;
  /** Whether the model runs for it. */
  readonly computes?: boolean;
}

/** A client of the server at `url`, its address without `/v2`; a page's own server is at the empty text. */
export function createClient<M extends AnyModels = AnyModels>(
  url: string | URL,
  options: ClientOptions = {},
): Client<M> {
  const base = String(url).replace(/\/+$/, '');
  // Called as a method of anything else, the global one is refused on Workers and in browsers.
  const send: Fetch = options.fetch ?? ((input, init) => fetch(input, init));

  const ask = async <T>({ path, init = {}, read, computes = false }: Call<T>, own: CallOptions = {}) => {
    if (DOT_SEGMENT.test(path)) throw new TypeError(`expected a name that a path can hold, got ${path}`);
    const headers = new Headers(options.headers);
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    const { timeoutMs = options.timeoutMs ?? TIMEOUT_MS, retries = options.retries ?? RETRIES } = own;
    return attempt(
      async (limit) => {
        const response = await send(base + path, { ...init, headers, signal: limit });
        if (!response.ok) throw await refusal(response);
        const answer = await read(response);
        if (answer.ok) return answer.value;
        throw new ClientError('protocol', toHttp(answer.error).message, { status: response.status });
      },
      { timeoutMs, retries, signal: own.signal, retryBroken: !computes },
    );
  };

  const client: AnyClient = {
    server: (call) => ask({ path: '/v2', read: (response) => readBody(response, Server) }, call),
    ready: (model, call) => isReady(ask({ path: readyPath(model, call), read: readNothing }, { ...call, retries: 0 })),
    models: async (call) => {
      const init = { method: 'POST', body: '{}' };
      const index = await ask({ path: '/v2/repository/index', init, read: readIndex }, call);
      return index.map(({ name, version, state, reason }) => {
        return { name, version: version ?? '', ready: (state ?? 'READY') === 'READY', reason: reason ?? '' };
      });
    },
    metadata: async (model, call) => {
      const { card, versions } = await ask(
        { path: modelPath(model, call?.version), read: (response) => readMetadata(response, call?.version) },
        call,
      );
      return { ...card, versions };
    },
    infer: async (model, inputs, call) => {
      const path = `${modelPath(model, call?.version)}/infer`;
      const init = { method: 'POST', ...message(inputs, call) };
      const { version, revision, outputs } = await ask({ path, init, read: readInferAnswer, computes: true }, call);
      const missing = call?.outputs?.find((name) => !outputs.some((output) => output.name === name));
      if (missing !== undefined) throw new ClientError('protocol', `expected output ${quote(missing)}, got none`);
      return { version, revision, outputs: Object.fromEntries(outputs.map(({ name, ...value }) => [name, value])) };
    },
    predict: async (model, features, call) => {
      const read = (response: Response) => readBody(response, Predicted);
      return (await ask({ ...predictCall(model, { features }), read, computes: true }, call)).prediction;
    },
    predictAll: async (model, instances, call) => {
      const read = (response: Response) => readBody(response, AllPredicted);
      return (await ask({ ...predictCall(model, { instances }), read, computes: true }, call)).predictions;
    },
  };
  // What the models are is known to the compiler alone.
  return client as Client<M>;
}

function message(inputs: Tensors, options: InferOptions<string> = {}) {
  const tensors = Object.entries(inputs).map(([name, { datatype, shape, data }]) =>
    createTensor(name, datatype, shape, data),
  );
  const { outputs, encoding } = options;
  return inferMessage({ inputs: tensors, ...(outputs === undefined ? {} : { outputs }) }, encoding);
}

function predictCall(model: string, body: object) {
  const headers = { 'Content-Type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  return { path: `/models/${encodeURIComponent(model)}/predict`, init };
}

function readyPath(model: string | undefined, call: ModelCallOptions = {}): string {
  return model === undefined ? '/v2/health/ready' : `${modelPath(model, call.version)}/ready`;
}

/** Some servers say it with an empty body. */
async function readNothing(response: Response): Promise<Result<true, PredictError>> {
  await response.arrayBuffer();
  return { ok: true, value: true };
}

/** A server that is not ready answers so with one status or another. */
async function isReady(answer: Promise<true>): Promise<boolean> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ClientError && cause.status !== null) return false;
    throw cause;
  }
}
