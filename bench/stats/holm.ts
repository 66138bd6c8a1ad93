/** Holm's correction for several questions at once. */

/**
 * p-values adjusted so that the chance of any false positive among them stays at the level: the i-th smallest of m is
 * multiplied by m - i + 1, kept from falling below the one before it, and at most 1. In the order given (Holm, "A Simple
 * Sequentially Rejective Multiple Test Procedure", 1979).
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1));
  const adjusted = Array<number>(pValues.length).fill(1);
  let highest = 0;
  for (const [rank, i] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (pValues[i] ?? 1) * (pValues.length - rank)));
    adjusted[i] = highest;
  }
  return adjusted;
}
