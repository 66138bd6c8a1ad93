/** Tabular requests: rows of numbers, each a list or by feature names, into the FP32 tensor that the model takes. */
import { describe, invalid, type PredictError, quote } from '../errors.ts';
import type { ModelCard, TensorSpec } from '../model-card.ts';
import { ok, type Result } from '../result.ts';
import type { Tensor } from '../tensor.ts';
import type { PredictBody } from './schema.ts';
import { toFp32 } from './tensor-json.ts';

/** The model's input, and whether the request was for one row, which decides the form of the answer. */
export interface TabularRequest {
  readonly tensor: Tensor;
  readonly single: boolean;
}

/** `maxElements` bounds the table before it is made: a row by name may be shorter than what it stands for. */
export function readRows(
  body: PredictBody,
  card: ModelCard,
  maxElements: number,
): Result<TabularRequest, PredictError> {
  const table = tableOf(card);
  if (!table.ok) return table;
  const single = isThere(body.features);
  if (single === isThere(body.instances)) {
    return invalid('body', 'either "features" or "instances"', single ? 'both' : 'neither');
  }
  const tensor = single
    ? fillTable(table.value, [body.features], true)
    : readMany(table.value, body.instances, maxElements);
  return tensor.ok ? ok({ tensor: tensor.value, single }) : tensor;
}

/** An optional member that is null is absent. */
function isThere(member: unknown): boolean {
  return member !== undefined && member !== null;
}

/** A model's tabular input and its columns. What only errors and named features need is made when they do. */
interface Table {
  readonly model: string;
  readonly spec: TensorSpec;
  readonly width: number;
}

/** The table that a model takes, or that it takes none. */
export function tableOf(card: ModelCard): Result<Table, PredictError> {
  const [spec, ...others] = card.inputs;
  const [rows, width = 0, ...deeper] = spec?.shape ?? [];
  if (spec?.datatype !== 'FP32' || rows !== -1 || width < 1 || deeper.length > 0 || others.length > 0) {
    const got = card.inputs.map(specText).join(', ') || 'none';
    return invalid(`model ${quote(card.name)}`, 'one FP32 table [-1, width] as its input, which this route takes', got);
  }
  return ok({ model: card.name, spec, width });
}

function specText(spec: TensorSpec): string {
  return `${spec.datatype} ${JSON.stringify(spec.shape)}`;
}

function readMany(table: Table, instances: unknown, maxElements: number): Result<Tensor, PredictError> {
  if (!Array.isArray(instances)) return invalid(whereIn(table), 'an array of rows', describe(instances));
  if (instances.length === 0) return invalid(whereIn(table), 'at least 1 row', 'none');
  if (instances.every((value) => typeof value === 'number')) {
    return invalid(whereIn(table), 'rows in a list, as in {"instances":[[1,2]]}', `${instances.length} numbers in it`);
  }
  const maxRows = Math.floor(maxElements / table.width);
  if (instances.length > maxRows) return invalid(whereIn(table), `at most ${maxRows} rows`, String(instances.length));
  return fillTable(table, instances, false);
}

function fillTable(table: Table, rows: readonly unknown[], single: boolean): Result<Tensor, PredictError> {
  const { spec, width } = table;
  const whereOf = (row: number) => (single ? whereIn(table) : `${whereIn(table)}, row ${row}`);
  const missingIsNan = spec.missing === 'nan';
  const data = new Float32Array(rows.length * width);
  for (let row = 0; row < rows.length; row++) {
    const given = rows[row];
    const read = Array.isArray(given) ? ok(given) : byName(table, given, whereOf(row));
    if (!read.ok) return read;
    const values: readonly unknown[] = read.value;
    if (values.length !== width) return invalid(whereOf(row), expectedRow(table), String(values.length));
    for (let column = 0; column < width; column++) {
      const value: unknown = values[column];
      const number = value === null && missingIsNan ? Number.NaN : toFp32(value);
      if (number === undefined) {
        const feature = quote(namesOf(table)[column] ?? String(column));
        const expected = `a finite FP32 number${missingIsNan ? ' or null' : ''}`;
        return invalid(`${whereOf(row)}, feature ${feature}`, expected, describe(value));
      }
      data[row * width + column] = number;
    }
  }
  return ok({ name: spec.name, datatype: 'FP32', shape: [rows.length, width], data });
}

function byName(table: Table, features: unknown, where: string): Result<readonly unknown[], PredictError> {
  const names = namesOf(table);
  if (typeof features !== 'object' || features === null || names.length === 0) {
    const got = typeof features === 'number' ? `the number ${features}` : describe(features);
    return invalid(where, `a list of ${expectedRow(table)}`, got);
  }
  const values = new Map<string, unknown>(Object.entries(features));
  for (const name of values.keys()) {
    if (!names.includes(name)) return invalid(where, expectedRow(table), `the name ${quote(name)}`);
  }
  const missing = names.find((name) => !values.has(name));
  if (missing !== undefined && table.spec.missing !== 'nan') {
    return invalid(where, expectedRow(table), `no ${quote(missing)}`);
  }
  return ok(names.map((name) => values.get(name) ?? null));
}

function whereIn({ model, spec }: Table): string {
  return `model ${quote(model)}, input ${quote(spec.name)}`;
}

function namesOf({ spec }: Table): readonly string[] {
  return (spec.features ?? []).map((feature) => feature.name);
}

function expectedRow(table: Table): string {
  const names = namesOf(table);
  return names.length === 0 ? `${table.width} features` : `${table.width} features (${names.join(', ')})`;
}
