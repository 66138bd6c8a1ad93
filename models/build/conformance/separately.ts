/** Tries a job on a whole group, and where that fails on parts of it, down to single ones. */

export interface SeparatelyOptions<T, R> {
  /** A result for each item, in order; rejects when any item spoils it. */
  readonly job: (items: readonly T[]) => Promise<readonly R[]>;
  /** Whether the text of an error names the item. */
  readonly isNamed: (item: T, reason: string) => boolean;
  /** The result of an item with which the job fails even when it is alone. */
  readonly onFailure: (reason: string) => R;
  /** Gets a line for every part that fails. */
  readonly log: (message: string) => void;
}

/** A result for each item, in order. Those that an error names are tried alone, the others together; else each half is. */
export async function separately<T, R>(items: readonly T[], options: SeparatelyOptions<T, R>): Promise<R[]> {
  const { job, isNamed, onFailure, log } = options;
  if (items.length === 0) return [];
  try {
    return [...(await job(items))];
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (items.length === 1) return [onFailure(reason)];
    log(`${items.length} together failed and are tried apart: ${reason}`);
    const parts = partsOf(items.map((item) => isNamed(item, reason)));
    const results: R[] = [];
    for (const part of parts) {
      const made = await separately(
        items.filter((_, index) => part.includes(index)),
        options,
      );
      for (const [index, result] of made.entries()) results[part[index] ?? 0] = result;
    }
    return results;
  }
}

/** Positions in parts: the named ones alone and the others together, or both halves when the names tell nothing. */
function partsOf(named: readonly boolean[]): number[][] {
  const all = [...named.keys()];
  const others = all.filter((index) => !named[index]);
  const middle = Math.ceil(all.length / 2);
  if (others.length === 0 || others.length === all.length) return [all.slice(0, middle), all.slice(middle)];
  return [others, ...all.filter((index) => named[index]).map((index) => [index])];
}
