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
  const sizes = Array.isArray(data[0]) ? shape : [elements];
  const numbers: number[] = [];

  /** Appends the numbers of `part`, which lies at depth `axis`; the depth is bounded by `MAX_RANK`. */
  const walk = (part: unknown, axis: number): ReturnType<typeof invalid> | undefined => {
    const size = sizes[axis];
    if (size === undefined) {
      const number = toFp32(part);
      if (number !== undefined) numbers.push(number);
      else return invalid(where, `a finite FP32 number at element ${numbers.length}`, describe(part));
    } else if (!Array.isArray(part) || part.length !== size) {
      return invalid(where, `${size} values at element ${numbers.length}`, describe(part));
    } else {
      for (const inner of part) {
        const error = walk(inner, axis + 1);
        if (error !== undefined) return error;
      }
    }
    return undefined;
  };

  return walk(data, 0) ?? ok(Float32Array.from(numbers));
}
