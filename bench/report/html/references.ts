/** Which subjects are there to measure others from, rather than to be chosen: drawings and sentences are about the others. */
import { REFERENCES } from '../../analysis/primary.ts';

/** Whether the subject is there to measure others from. */
export function isReference(name: string): boolean {
  return REFERENCES.has(name);
}

/** Those that are there to be chosen; all of them where there are only references. */
export function withoutReferences<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  const chosen = items.filter((item) => !isReference(nameOf(item)));
  return chosen.length > 0 ? chosen : [...items];
}
