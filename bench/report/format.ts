/** Figures as text. */

/** `value` with `digits` decimals, or a dash for what was not measured. */
export function fixed(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits);
}
