/**
 * The places for calls of one predictor: more than it can work on only wait, and are refused while a client can still go
 * elsewhere. A place is held for a limited time: a Worker's request may end with its client, and gives nothing back.
 */
export interface Bulkhead {
  /** A place, or undefined when none is free. */
  enter(nowMs: number): number | undefined;
  leave(place: number): void;
  isFull(nowMs: number): boolean;
  /** Places taken. */
  taken(): number;
}

export interface BulkheadOptions {
  readonly places: number;
  /** After this long, in milliseconds, a place is free again: longer than any call may take. */
  readonly leaseMs: number;
}

/** An empty one. */
export function createBulkhead({ places, leaseMs }: BulkheadOptions): Bulkhead {
  /** When each was taken; in that order, so that the oldest come first. */
  const taken = new Map<number, number>();
  let next = 0;

  const isFull = (nowMs: number) => {
    if (taken.size < places) return false;
    for (const [place, sinceMs] of taken) {
      if (taken.size < places || nowMs - sinceMs < leaseMs) break;
      taken.delete(place);
    }
    return taken.size >= places;
  };

  return {
    isFull,
    enter: (nowMs) => {
      if (isFull(nowMs)) return undefined;
      taken.set(next, nowMs);
      return next++;
    },
    leave: (place) => void taken.delete(place),
    taken: () => taken.size,
  };
}
