/** Cuts cases into groups, each of which becomes one stock and one baked artefact. */
import { statSync } from 'node:fs';
import type { CaseModel } from './case-model.ts';

/** Most cases of a group. A bake takes some twenty seconds whatever it holds, and a case that spoils it costs two more. */
const GROUP_CASES = 64;

/** Most bytes of a group's models, unless one alone is larger. */
const GROUP_BYTES = 32 * 2 ** 20;

/** The cases in groups, in order. */
export function toGroups<T extends CaseModel>(cases: readonly T[]): T[][] {
  const groups: T[][] = [];
  let bytes = 0;
  for (const model of cases) {
    const { size } = statSync(model.onnx);
    const last = groups.at(-1);
    if (last === undefined || last.length === GROUP_CASES || bytes + size > GROUP_BYTES) {
      groups.push([model]);
      bytes = size;
    } else {
      last.push(model);
      bytes += size;
    }
  }
  return groups;
}
