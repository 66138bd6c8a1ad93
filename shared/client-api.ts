/**
 * What the client offers, as types alone: `client.ts` is what it does, and the declarations that are served beside
 * `client.js` are made of both.
 */
import type { Datatype, TensorDataOf } from './tensor.ts';

/** Elements in row-major order, as many as the product of `shape`. FP16 is its raw bits. */
export type TensorValue = {
  [D in Datatype]: { readonly datatype: D; readonly shape: readonly number[]; readonly data: TensorDataOf[D] };
}[Datatype];

/** A number or label; null where JSON has no form for the number and the model's card allows that. */
export type Prediction = number | string | boolean | null;

/** What a model takes and gives. `npm run models -- types` writes it for every model. */
export interface ModelTypes {
  readonly inputs: Readonly<Record<string, TensorValue>>;
  readonly outputs: Readonly<Record<string, TensorValue>>;
  /** One row by name, or as a list; never for a model that takes no table. */
  readonly features: Readonly<Record<string, number | null>> | readonly (number | null)[];
  readonly prediction: Prediction;
}

/** Models that nothing is known of. */
export type AnyModels = Readonly<Record<string, ModelTypes>>;

/** A fetch that is called with a URL and options: the global one, or that of a service binding. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Here and in what follows, an option that is undefined is not given. */
export interface ClientOptions {
  /** In place of the global one, as `(url, init) => env.TANDEM.fetch(url, init)`. */
  readonly fetch?: Fetch | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds that a call may take, over all attempts; 30,000 if not given. */
  readonly timeoutMs?: number | undefined;
  /** Most attempts after the first; 2 if not given. */
  readonly retries?: number | undefined;
}

/** Options of one call, in place of the client's. */
export interface CallOptions extends Pick<ClientOptions, 'timeoutMs' | 'retries'> {
  readonly signal?: AbortSignal | undefined;
}

export interface ModelCallOptions extends CallOptions {
  /** The version; the server's choice if not given. */
  readonly version?: string | undefined;
}

export interface InferOptions<O> extends ModelCallOptions {
  /** The outputs that are wanted; all if not given. */
  readonly outputs?: readonly O[] | undefined;
  /** How tensors travel; `json` is for servers without the binary extension, and has no FP16, NaN or infinity. */
  readonly encoding?: 'binary' | 'json' | undefined;
}

export interface InferAnswer<O> {
  readonly version: string;
  /** Names the set of models that answered; empty from servers that tell none. */
  readonly revision: string;
  readonly outputs: O;
}

export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

/** A line of the server's list of models; `reason` says why one is not ready. */
export interface ModelStatus {
  readonly name: string;
  /** Empty from servers that tell none. */
  readonly version: string;
  readonly ready: boolean;
  readonly reason: string;
}

/** A tensor of a model: -1 in its shape is a size that varies. Ranges and features are there where the card has them. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly features?:
    | readonly {
        readonly name: string;
        readonly unit: string;
        readonly min: number;
        readonly max: number;
        readonly step: number;
      }[]
    | undefined;
  readonly missing?: 'nan' | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly step?: number | undefined;
}

/** The model's card with the versions that there are; from other servers than Tandem what their metadata says. */
export interface ModelMetadata {
  readonly name: string;
  readonly version: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly task: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  /** The output whose first element is a row's prediction. */
  readonly primaryOutput: string;
  readonly [member: string]: unknown;
}

type Name<T> = keyof T & string;
type Rows<F> = readonly Extract<F, readonly unknown[]>[];

/** Each call rejects with a `ClientError`, or with the reason of the signal that aborted it. */
export interface Client<M extends AnyModels = AnyModels> {
  server(options?: CallOptions): Promise<ServerInfo>;
  /** Whether the server, or one model of it, says that it is ready. Asks once. */
  ready(model?: Name<M>, options?: ModelCallOptions): Promise<boolean>;
  models(options?: CallOptions): Promise<readonly ModelStatus[]>;
  metadata(model: Name<M>, options?: ModelCallOptions): Promise<ModelMetadata>;
  /** Runs a model. Throws a TypeError for data that is not of its datatype. */
  infer<N extends Name<M>, O extends Name<M[N]['outputs']> = Name<M[N]['outputs']>>(
    model: N,
    inputs: M[N]['inputs'],
    options?: InferOptions<O>,
  ): Promise<InferAnswer<Pick<M[N]['outputs'], O>>>;
  /** The prediction for one row of a tabular model. Whole numbers beyond 2^53 are exact in `infer` alone. */
  predict<N extends Name<M>>(model: N, features: M[N]['features'], options?: CallOptions): Promise<M[N]['prediction']>;
  /** The predictions for several rows, each a list. */
  predictAll<N extends Name<M>>(
    model: N,
    rows: Rows<M[N]['features']>,
    options?: CallOptions,
  ): Promise<readonly M[N]['prediction'][]>;
}
