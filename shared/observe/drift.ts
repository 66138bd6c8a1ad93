/**
 * Input drift: how many values of an inference lie outside the range that its model's card states, or are missing. Whoever
 * reads the counts sees when the world has left the training data.
 */
import type { TensorSpec } from '../model-card.ts';
import type { Tensor } from '../tensor.ts';

/** Counts of one column, or of a whole tensor, whose name is then empty. */
export interface FeatureDrift {
  readonly feature: string;
  readonly outOfRange: number;
  readonly missing: number;
}

interface Ranges {
  readonly names: readonly string[];
  readonly least: Float32Array | Float64Array;
  readonly most: Float32Array | Float64Array;
}

const kept = new WeakMap<TensorSpec, Ranges>();

/** By feature where the card has a name for each column. Nothing of texts, nor of FP16, whose elements are bits. */
export function countDrift(spec: TensorSpec, { datatype, shape, data }: Tensor): FeatureDrift[] {
  if (datatype === 'BYTES' || datatype === 'FP16') return [];
  const { names, least, most } = rangesOf(spec, shape.at(-1));
  const width = names.length;
  const [outOfRange, missing] = [new Uint32Array(width), new Uint32Array(width)];
  for (let i = 0, column = 0; i < data.length; i++) {
    const value = Number(data[i]);
    const isWithin = value >= (least[column] ?? 0) && value <= (most[column] ?? 0);
    if (!isWithin) {
      const counts = Number.isNaN(value) ? missing : outOfRange;
      counts[column] = (counts[column] ?? 0) + 1;
    }
    column = column + 1 === width ? 0 : column + 1;
  }
  return names.map((feature, i) => ({ feature, outOfRange: outOfRange[i] ?? 0, missing: missing[i] ?? 0 }));
}

/** As floats of the tensor's own width: a value of 24.8 in FP32 is not the 24.8 of the card. */
function rangesOf(spec: TensorSpec, width: number | undefined): Ranges {
  const known = kept.get(spec);
  if (known !== undefined) return known;
  const { features = [], min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec;
  const columns = features.length > 0 && features.length === width ? features : [{ name: '', min, max }];
  const Floats = spec.datatype === 'FP32' ? Float32Array : Float64Array;
  const least = Floats.from(columns.map((column) => column.min));
  const most = Floats.from(columns.map((column) => column.max));
  const ranges = { names: columns.map(({ name }) => name), least, most };
  kept.set(spec, ranges);
  return ranges;
}
