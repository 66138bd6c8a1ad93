/** What can be asked, by name: models of different weight, in batches of different size, as JSON and as binary tensors. */
import { existsSync } from 'node:fs';

/** Requests in the Open Inference Protocol, made from a model's golden cases. */
export interface ModelWorkload {
  readonly model: string;
  /** Rows of a request; null for the golden cases as they are. */
  readonly rows: number | null;
  readonly encoding: 'json' | 'binary';
}

/** The model behind `POST /predict`. */
export const DEFAULT_MODEL = 'auto-mpg';

/** The arm that is an empty Worker: it has one answer to everything. */
export const EMPTY = 'null';

/** Arms with a dot product in place of all models. */
export const FLOORS: readonly string[] = ['bare', 'floor', 'floor-pair'];

/** The cheap route, which needs no model; and that in turn with the metadata of the default model, or of M in `cheap:M`. */
export const HEALTH = 'health';
export const CHEAP = 'cheap';

/** Workloads of the payload experiment, from light to heavy. The default model's one row goes to `/predict`. */
export const PAYLOAD_WORKLOADS = {
  'auto-mpg': { model: 'auto-mpg', rows: 1, encoding: 'json' },
  'auto-mpg-binary': { model: 'auto-mpg', rows: 1, encoding: 'binary' },
  'auto-mpg-x64': { model: 'auto-mpg', rows: 64, encoding: 'json' },
  'auto-mpg-x64-binary': { model: 'auto-mpg', rows: 64, encoding: 'binary' },
  'auto-mpg-x1024': { model: 'auto-mpg', rows: 1_024, encoding: 'json' },
  'auto-mpg-x1024-binary': { model: 'auto-mpg', rows: 1_024, encoding: 'binary' },
  penguins: { model: 'penguins', rows: 1, encoding: 'json' },
  'penguins-x64-binary': { model: 'penguins', rows: 64, encoding: 'binary' },
  digits: { model: 'digits', rows: 1, encoding: 'json' },
  'digits-binary': { model: 'digits', rows: 1, encoding: 'binary' },
  'digits-x16-binary': { model: 'digits', rows: 16, encoding: 'binary' },
} as const satisfies Record<string, ModelWorkload>;

/** Batches that take a model longer than the hop does, and nearly fill the largest body. */
const HEAVY_WORKLOADS = {
  'digits-x64-binary': { model: 'digits', rows: 64, encoding: 'binary' },
  'digits-x256-binary': { model: 'digits', rows: 256, encoding: 'binary' },
} as const satisfies Record<string, ModelWorkload>;

/** The workload of that name, or the golden cases of the model of that name. Throws when there is neither. */
export function findWorkload(name: string): ModelWorkload {
  const workloads: Readonly<Record<string, ModelWorkload>> = { ...PAYLOAD_WORKLOADS, ...HEAVY_WORKLOADS };
  const known = Object.hasOwn(workloads, name) ? workloads[name] : undefined;
  if (known !== undefined) return known;
  if (existsSync(goldenFile(name))) return { model: name, rows: null, encoding: 'json' };
  const names = [...Object.keys(workloads), HEALTH].join(', ');
  throw new Error(`workload: expected one of ${names}, or a model with a golden file, got ${JSON.stringify(name)}`);
}

/** The golden file of a model, which may not be there. */
export function goldenFile(model: string): URL {
  return new URL(`../../models/${model}/golden.json`, import.meta.url);
}
