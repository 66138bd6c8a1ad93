/** Tensor data in JSON, flat or nested in the tensor's own shape, into FP32. Nothing is allocated by a claimed shape. */
import { describe, invalid, type PredictError } from '../errors.ts';
import { MAX_RANK } from '../limits.ts';
import { ok, type Result } from '../result.ts';
import { toFp32 } from './fp32.ts';

/** The elements in row-major order; `where` names the tensor in errors. */
export function readTensorData(
  data: unknown,
  shape: readonly number[],
  where: string,
): Result<Float32Array, PredictError> {
  if (shape.length > MAX_RANK) return invalid(where, `at most ${MAX_RANK} dimensions`, String(shape.length));
  if (!Array.isArray(data)) return invalid(where, 'an array as "data"', describe(data));
  const elements = shape.reduce((product, size) => product * size, 1);
  const numbers: number[] = [];
  const error = Array.isArray(data[0]) ? walk(data, shape, where, numbers) : walk(data, [elements], where, numbers);
  return error ?? ok(Float32Array.from(numbers));
}

type Failure = ReturnType<typeof invalid>;

/** Appends the numbers of `data` to `into`; depth is bounded by `MAX_RANK`. */
function walk(data: unknown, shape: readonly number[], where: string, into: number[]): Failure | undefined {
  const [size, ...inner] = shape;
  if (size === undefined) {
    const number = toFp32(data);
    if (number === undefined) return invalid(where, `a finite FP32 number at element ${into.length}`, describe(data));
    into.push(number);
    return undefined;
  }
  if (!Array.isArray(data) || data.length !== size) {
    return invalid(where, `${size} values at element ${into.length}`, describe(data));
  }
  for (const part of data) {
    const error = walk(part, inner, where, into);
    if (error !== undefined) return error;
  }
  return undefined;
}
