/** FP32 where it meets JSON, which has no NaN, no Infinity and no bound on its numbers. */
import { invalid, type PredictError, quote } from '../errors.ts';
import type { Tensor } from '../predictor.ts';
import { ok, type Result } from '../result.ts';

/** The nearest FP32 of a JSON number, or undefined when `value` is no number or lies beyond FP32's range. */
export function toFp32(value: unknown): number | undefined {
  if (typeof value !== 'number') return undefined;
  const rounded = Math.fround(value);
  return Number.isFinite(rounded) ? rounded : undefined;
}

/** An output's elements as JSON numbers, or an error when JSON cannot carry one of them. */
export function toJsonNumbers(model: string, output: Tensor): Result<number[], PredictError> {
  const numbers = [...output.data];
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return ok(numbers);
  const where = `model ${quote(model)}, output ${quote(output.name)}`;
  return invalid(where, 'finite numbers, which alone fit JSON', `${numbers[bad]} at element ${bad}`);
}
