/**
 * Elements of tensors where they meet JSON, which has no NaN, no Infinity, no bound on its numbers, and no form for
 * FP16. One entry a datatype; the walk over arrays is in `tensor-data.ts`.
 */
import { invalid, type PredictError, quote } from '../errors.ts';
import type { ModelCard } from '../model-card.ts';
import { fail, ok, type Result } from '../result.ts';
import { type Datatype, type Tensor, type TensorData, TYPED_ARRAYS } from '../tensor.ts';

/** Gathers the elements of one tensor, one JSON value after another. */
export interface JsonElements {
  /** What an element has to be, in words for an error. */
  readonly expected: string;
  /** Takes one value; false when it is not what was expected. */
  add(value: unknown): boolean;
  /** How many were taken. */
  count(): number;
  data(): TensorData;
}

/** Starts gathering the elements of a datatype. `nullIsNan` lets null stand for NaN where the datatype has one. */
type Gather = (nullIsNan: boolean) => JsonElements;

/** Every datatype that JSON carries. 64-bit integers beyond 2^53 come as bigint, from `parseExactJson`. */
export const JSON_ELEMENTS: Readonly<Record<Exclude<Datatype, 'FP16'>, Gather>> = {
  BOOL: gather('true or false', readBool, (elements) => new Uint8Array(elements)),
  UINT8: wholeNumbers('UINT8', 0, 2 ** 8 - 1),
  UINT16: wholeNumbers('UINT16', 0, 2 ** 16 - 1),
  UINT32: wholeNumbers('UINT32', 0, 2 ** 32 - 1),
  UINT64: longNumbers('UINT64', 0n, 2n ** 64n - 1n, (elements) => new BigUint64Array(elements)),
  INT8: wholeNumbers('INT8', -(2 ** 7), 2 ** 7 - 1),
  INT16: wholeNumbers('INT16', -(2 ** 15), 2 ** 15 - 1),
  INT32: wholeNumbers('INT32', -(2 ** 31), 2 ** 31 - 1),
  INT64: longNumbers('INT64', -(2n ** 63n), 2n ** 63n - 1n, (elements) => new BigInt64Array(elements)),
  FP32: floats('a finite FP32 number', toFp32, (elements) => new Float32Array(elements)),
  FP64: floats('a finite FP64 number', toFp64, (elements) => new Float64Array(elements)),
  BYTES: gather('a string of whole Unicode characters', readText, (elements) => elements),
};

/** The nearest FP32 of a JSON number, or undefined when `value` is no number or lies beyond FP32's range. */
export function toFp32(value: unknown): number | undefined {
  const number = toFp64(value);
  const rounded = number === undefined ? Number.NaN : Math.fround(number);
  return Number.isFinite(rounded) ? rounded : undefined;
}

/** Digits with which every FP32 number is told from all others. */
const FP32_DIGITS = 9;

/** The number of fewest digits whose nearest FP32 is `value`: 0.1, where the double of it is 0.10000000149011612. */
export function shortestOfFp32(value: number): number {
  for (let digits = 6; digits < FP32_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(FP32_DIGITS));
}

/** A finite JSON number. It is a bigint when a tensor of 64-bit integers stands in the same request. */
function toFp64(value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function readBool(value: unknown): number | undefined {
  return typeof value === 'boolean' ? Number(value) : undefined;
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value.isWellFormed() ? value : undefined;
}

function wholeNumbers(datatype: 'UINT8' | 'UINT16' | 'UINT32' | 'INT8' | 'INT16' | 'INT32', min: number, max: number) {
  const read = (value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined;
  const TypedArray: new (elements: readonly number[]) => TensorData = TYPED_ARRAYS[datatype];
  return gather(`a whole number from ${min} to ${max}`, read, (elements) => new TypedArray(elements));
}

/** A number that is not exact as a double comes as a bigint when it was written in digits, and only then counts. */
function longNumbers(datatype: string, min: bigint, max: bigint, store: (elements: bigint[]) => TensorData) {
  const read = (value: unknown) => {
    const whole = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    return typeof whole === 'bigint' && whole >= min && whole <= max ? whole : undefined;
  };
  return gather(`a whole number of ${datatype}, from ${min} to ${max}, in digits`, read, store);
}

function floats(
  expected: string,
  read: (value: unknown) => number | undefined,
  store: (elements: number[]) => TensorData,
): Gather {
  const strict = gather(expected, read, store);
  const lax = gather(`${expected} or null`, (value) => (value === null ? Number.NaN : read(value)), store);
  return (nullIsNan) => (nullIsNan ? lax(true) : strict(false));
}

function gather<T>(
  expected: string,
  read: (value: unknown) => T | undefined,
  store: (elements: T[]) => TensorData,
): Gather {
  return () => {
    const elements: T[] = [];
    const add = (value: unknown) => {
      const element = read(value);
      if (element === undefined) return false;
      elements.push(element);
      return true;
    };
    return { expected, add, count: () => elements.length, data: () => store(elements) };
  };
}

/** Whether some of these tensors have data in JSON that only `parseExactJson` reads exactly. */
export function needExactJson(tensors: readonly { readonly datatype: string; readonly data?: unknown }[]): boolean {
  return tensors.some(({ datatype, data }) => /^U?INT64$/.test(datatype) && data !== undefined);
}

/** Whose output it is, and what its card says of numbers that JSON does not have. */
export interface OutputOwner {
  readonly model: string;
  readonly nonFinite?: ModelCard['nonFinite'] | undefined;
}

/** An output's elements as values for `JSON.stringify`, or an error when JSON cannot carry one of them. */
export function toJsonElements(
  { model, nonFinite }: OutputOwner,
  output: Tensor,
): Result<readonly unknown[], PredictError> {
  const where = () => `model ${quote(model)}, output ${quote(output.name)}`;
  switch (output.datatype) {
    case 'FP16':
      return invalid(where(), 'a wish for binary data, as JSON has no form for FP16', 'a wish for JSON');
    case 'BOOL':
      return ok(Array.from(output.data, (byte) => byte !== 0));
    case 'INT64':
    case 'UINT64':
      return ok(Array.from(output.data, (whole) => JSON.rawJSON(String(whole))));
    case 'BYTES':
      return ok(output.data);
    default: {
      const numbers = [...output.data];
      const bad = numbers.findIndex((value) => !Number.isFinite(value));
      // `JSON.stringify` writes null for a number that is not finite.
      if (bad === -1 || nonFinite === 'null') return ok(numbers);
      return fail({ kind: 'not-acceptable', where: where(), got: `${numbers[bad]} at element ${bad}`, model });
    }
  }
}
