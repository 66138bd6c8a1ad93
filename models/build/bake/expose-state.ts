/** Pass: exports every global that can change, so that the values at the snapshot can be read. */
import { type Module, mutableGlobals } from './binaryen.ts';

/** What the names of the exported globals begin with; no release's own export does. */
export const GLOBAL_PREFIX = 'tandem:';

export function exposeState(module: Module): void {
  for (const { name } of mutableGlobals(module)) module.addGlobalExport(name, GLOBAL_PREFIX + name);
}
