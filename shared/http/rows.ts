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

export function readRows(body: PredictBody, card: ModelCard): Result<TabularRequest, PredictError> {
  const table = tableOf(card);
  if (!table.ok) return table;
  const single = isThere(body.features);
  if (single === isThere(body.instances)) {
    return invalid('body', 'either "features" or "instances"', single ? 'both' : 'neither');
  }
  const tensor = single
    ? fillTable(table.value, [body.features], () => table.value.where)
    : readMany(table.value, body.instances);
  return tensor.ok ? ok({ tensor: tensor.value, single }) : tensor;
}

/** An optional member that is null is absent. */
function isThere(member: unknown): boolean {
  return member !== undefined && member !== null;
}

/**
 * A model's tabular input: how errors name it, its tensor name, its columns and, where the card has them, their names,
 * and whether a value that is missing is NaN.
 */
interface Table {
  readonly where: string;
  readonly input: string;
  readonly width: number;
  readonly names: readonly string[];
  readonly missingIsNan: boolean;
}

function tableOf(card: ModelCard): Result<Table, PredictError> {
  const [spec, ...others] = card.inputs;
  const [rows, width = 0, ...deeper] = spec?.shape ?? [];
  if (spec?.datatype !== 'FP32' || rows !== -1 || width < 1 || deeper.length > 0 || others.length > 0) {
    const got = card.inputs.map(specText).join(', ') || 'none';
    return invalid(`model ${quote(card.name)}`, 'one FP32 table [-1, width] as its input, which this route takes', got);
  }
  const where = `model ${quote(card.name)}, input ${quote(spec.name)}`;
  const names = (spec.features ?? []).map((feature) => feature.name);
  return ok({ where, input: spec.name, width, names, missingIsNan: spec.missing === 'nan' });
}

function specText(spec: TensorSpec): string {
  return `${spec.datatype} ${JSON.stringify(spec.shape)}`;
}

function readMany(table: Table, instances: unknown): Result<Tensor, PredictError> {
  if (!Array.isArray(instances)) return invalid(table.where, 'an array of rows', describe(instances));
  if (instances.length === 0) return invalid(table.where, 'at least 1 row', 'none');
  if (instances.every((value) => typeof value === 'number')) {
    return invalid(table.where, 'rows in a list, as in {"instances":[[1,2]]}', `${instances.length} numbers in it`);
  }
  return fillTable(table, instances, (row) => `${table.where}, row ${row}`);
}

function fillTable(
  table: Table,
  rows: readonly unknown[],
  whereOf: (row: number) => string,
): Result<Tensor, PredictError> {
  const data = new Float32Array(rows.length * table.width);
  for (let row = 0; row < rows.length; row++) {
    const given = rows[row];
    const read = Array.isArray(given) ? ok(given) : byName(table, given, whereOf(row));
    if (!read.ok) return read;
    const values: readonly unknown[] = read.value;
    if (values.length !== table.width) return invalid(whereOf(row), expectedRow(table), String(values.length));
    for (let column = 0; column < table.width; column++) {
      const value: unknown = values[column];
      const number = value === null && table.missingIsNan ? Number.NaN : toFp32(value);
      if (number === undefined) {
        const feature = quote(table.names[column] ?? String(column));
        const expected = `a finite FP32 number${table.missingIsNan ? ' or null' : ''}`;
        return invalid(`${whereOf(row)}, feature ${feature}`, expected, describe(value));
      }
      data[row * table.width + column] = number;
    }
  }
  return ok({ name: table.input, datatype: 'FP32', shape: [rows.length, table.width], data });
}

function byName(table: Table, features: unknown, where: string): Result<readonly unknown[], PredictError> {
  if (typeof features !== 'object' || features === null || table.names.length === 0) {
    const got = typeof features === 'number' ? `the number ${features}` : describe(features);
    return invalid(where, `a list of ${expectedRow(table)}`, got);
  }
  const values = new Map<string, unknown>(Object.entries(features));
  for (const name of values.keys()) {
    if (!table.names.includes(name)) return invalid(where, expectedRow(table), `the name ${quote(name)}`);
  }
  const missing = table.names.find((name) => !values.has(name));
  if (missing !== undefined && !table.missingIsNan) return invalid(where, expectedRow(table), `no ${quote(missing)}`);
  return ok(table.names.map((name) => values.get(name) ?? null));
}

function expectedRow({ width, names }: Table): string {
  return names.length === 0 ? `${width} features` : `${width} features (${names.join(', ')})`;
}
