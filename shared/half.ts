/** FP16 (IEEE 754 binary16) as the raw bits that a tensor carries; not every Node of the project has Float16Array. */

const FRACTION_BITS = 10;
const MIN_EXPONENT = -14;
const INFINITY_BITS = 0x7c00;
const NAN_BITS = 0x7e00;
/** The smallest number that rounds to infinity. */
const OVERFLOW = 65_520;

/** The number that 16 bits stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> FRACTION_BITS) & 0x1f;
  const fraction = (bits & 0x3ff) / 2 ** FRACTION_BITS;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** MIN_EXPONENT;
  return sign * (1 + fraction) * 2 ** (exponent - 15);
}

/** The bits of the FP16 nearest to a number, ties to even. */
export function toHalf(value: number): number {
  if (Number.isNaN(value)) return NAN_BITS;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= OVERFLOW) return sign | INFINITY_BITS;
  const exponent = Math.max(Math.floor(Math.log2(size)), MIN_EXPONENT);
  // Counts the leading one of a normal number too, which adds the 1 that its biased exponent still lacks.
  const fraction = roundToEven(size / 2 ** (exponent - FRACTION_BITS));
  return sign | (((exponent - MIN_EXPONENT) << FRACTION_BITS) + fraction);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
