/** Tensor data in JSON, flat or nested in the tensor's own shape. Nothing is allocated by a claimed shape. */
import { describe, invalid, type PredictError } from '../errors.ts';
import { MAX_RANK } from '../limits.ts';
import { ok, type Result } from '../result.ts';
import { type Datatype, elementCount, type TensorData } from '../tensor.ts';
import { JSON_ELEMENTS } from './tensor-json.ts';

/** What the data is to become. */
export interface JsonTensor {
  /** Names the tensor in errors. */
  readonly where: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** Whether null stands for NaN. */
  readonly nullIsNan: boolean;
}

/** The elements in row-major order. */
export function readTensorData(data: unknown, tensor: JsonTensor): Result<TensorData, PredictError> {
  const { where, datatype, shape, nullIsNan } = tensor;
  if (datatype === 'FP16') return invalid(where, 'binary data, as JSON has no form for FP16', describe(data));
  if (shape.length > MAX_RANK) return invalid(where, `at most ${MAX_RANK} dimensions`, String(shape.length));
  if (!Array.isArray(data) && shape.length > 0) return invalid(where, 'an array as "data"', describe(data));
  const sizes = Array.isArray(data) && !Array.isArray(data[0]) ? [elementCount(shape)] : shape;
  const elements = JSON_ELEMENTS[datatype](nullIsNan);

  /** Takes the elements of `part`, which lies at depth `axis`; the depth is bounded by `MAX_RANK`. */
  const walk = (part: unknown, axis: number): ReturnType<typeof invalid> | undefined => {
    const size = sizes[axis];
    if (size === undefined) {
      if (elements.add(part)) return undefined;
      return invalid(where, `${elements.expected} at element ${elements.count()}`, describe(part));
    }
    if (!Array.isArray(part) || part.length !== size) {
      return invalid(where, `${size} values at element ${elements.count()}`, describe(part));
    }
    for (const inner of part) {
      const error = walk(inner, axis + 1);
      if (error !== undefined) return error;
    }
    return undefined;
  };

  return walk(data, 0) ?? ok(elements.data());
}
