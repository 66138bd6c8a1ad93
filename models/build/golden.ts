/**
 * Golden files: inputs of a model with the stock runtime's outputs for them. The build, the tests and the benchmark hold
 * every answer against these. The load generator imports this file, so it brings in nothing that starts Workers.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { fromHalf } from '../../shared/half.ts';
import {
  createTensor,
  DATATYPES,
  type Datatype,
  elementCount,
  type Tensor,
  TYPED_ARRAYS,
} from '../../shared/tensor.ts';

/**
 * A tensor as JSON carries it, its elements flat in row-major order: 64-bit integers as decimal texts, numbers that are
 * not finite as "NaN", "Infinity" and "-Infinity", FP16 as its raw bits, BOOL as 0 and 1.
 */
export const JsonTensor = v.object({
  name: v.string(),
  datatype: v.picklist(DATATYPES),
  shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
  data: v.array(v.union([v.number(), v.string()])),
});
export type JsonTensor = v.InferOutput<typeof JsonTensor>;

/** What one run of the model is given, and all its outputs in the card's order. */
const GoldenCase = v.object({ inputs: v.array(JsonTensor), outputs: v.array(JsonTensor) });

/** The golden file of a model; `seed` is what its inputs were drawn from. */
export const Golden = v.object({ seed: v.number(), cases: v.array(GoldenCase) });
export type Golden = v.InferOutput<typeof Golden>;

/** Reads a golden file. Throws, with its name, when there is none or it is not one. */
export function readGolden(file: string | URL): Golden {
  try {
    return v.parse(Golden, JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Error(`${file}: expected a golden file, got ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/** The tensor of a golden file as the seam carries it. Throws on elements that its datatype or shape does not have. */
export function fromJsonTensor({ name, datatype, shape, data }: JsonTensor): Tensor {
  const elements = elementCount(shape);
  if (data.length !== elements) {
    throw new TypeError(`tensor ${name}: expected ${elements} elements for shape [${shape}], got ${data.length}`);
  }
  return createTensor(name, datatype, shape, toElements(datatype, data));
}

function toElements(datatype: Datatype, data: readonly (number | string)[]): unknown {
  if (datatype === 'BYTES') return data.map(String);
  if (datatype === 'INT64' || datatype === 'UINT64') return TYPED_ARRAYS[datatype].from(data.map(BigInt));
  return TYPED_ARRAYS[datatype].from(data.map(Number));
}

/** The tensor as a golden file holds it. */
export function toJsonTensor({ name, datatype, shape, data }: Tensor): JsonTensor {
  return { name, datatype, shape: [...shape], data: Array.from(data, toJsonElement) };
}

function toJsonElement(element: number | bigint | string): number | string {
  return typeof element === 'number' && Number.isFinite(element) ? element : String(element);
}

/**
 * The golden file's text: one line a tensor, so that a large one can still be read and compared. The same golden file
 * gives the same text.
 */
export function printGolden({ seed, cases }: Golden): string {
  const tensors = (list: readonly JsonTensor[]) =>
    list.map((tensor) => `        ${JSON.stringify(tensor)}`).join(',\n');
  const texts = cases.map(
    ({ inputs, outputs }) =>
      `    {\n      "inputs": [\n${tensors(inputs)}\n      ],\n      "outputs": [\n${tensors(outputs)}\n      ]\n    }`,
  );
  return `{\n  "seed": ${seed},\n  "cases": [\n${texts.join(',\n')}\n  ]\n}\n`;
}

/** Largest relative difference from a golden output: kernels differ by a few units in the last place. */
const TOLERANCE = 1e-5;
/** Largest difference of any output, however small: what is left of a sum that cancels out. */
const ABSOLUTE_TOLERANCE = 1e-7;
/** The same for FP16, whose last place is 2^-11 of a number. */
const HALF_TOLERANCE = 2e-3;

/** Whether `got` is the golden value `expected`, but for rounding. NaN is close to NaN, an infinity only to itself. */
export function closeTo(got: number | undefined, expected: number, tolerance = TOLERANCE): boolean {
  if (got === undefined) return false;
  if (!Number.isFinite(expected)) return Object.is(got, expected);
  return Math.abs(got - expected) <= ABSOLUTE_TOLERANCE + tolerance * Math.abs(expected);
}

/** How `got` differs from the golden output `expected`, in words; undefined when it does not. */
export function findDifference(got: Tensor | undefined, expected: JsonTensor): string | undefined {
  const where = `output "${expected.name}"`;
  const kind = ({ name, datatype, shape }: Tensor | JsonTensor) => `${name} ${datatype} [${shape}]`;
  if (got === undefined) return `${where}: expected ${kind(expected)}, got none`;
  if (kind(got) !== kind(expected)) return `${where}: expected ${kind(expected)}, got ${kind(got)}`;
  const elements = toJsonTensor(got).data;
  const wrong = expected.data.findIndex((value, i) => !isSame(expected.datatype, elements[i], value));
  if (wrong === -1 && elements.length === expected.data.length) return undefined;
  const at = wrong === -1 ? expected.data.length : wrong;
  return `${where}, element ${at}: expected ${expected.data[at] ?? 'none'}, got ${elements[at] ?? 'none'}`;
}

function isSame(datatype: Datatype, got: number | string | undefined, expected: number | string): boolean {
  if (datatype === 'FP32' || datatype === 'FP64') return closeTo(Number(got), Number(expected));
  if (datatype === 'FP16') return closeTo(fromHalf(Number(got)), fromHalf(Number(expected)), HALF_TOLERANCE);
  return got === expected;
}

/** The rows of a model with one tabular input, and the first output's first element for each. */
export function goldenRows({ cases }: Golden): { inputs: number[][]; outputs: number[] } {
  const inputs: number[][] = [];
  const outputs: number[] = [];
  for (const {
    inputs: [input],
    outputs: [output],
  } of cases) {
    inputs.push(...toRows(input));
    outputs.push(...toRows(output).map(([first]) => first ?? Number.NaN));
  }
  return { inputs, outputs };
}

/** The rows of a two-dimensional tensor of numbers. */
export function toRows(tensor: JsonTensor | undefined): number[][] {
  const [rows = 0, columns = 1] = tensor?.shape ?? [];
  const data = tensor?.data.map(Number) ?? [];
  return Array.from({ length: rows }, (_, row) => data.slice(row * columns, (row + 1) * columns));
}
