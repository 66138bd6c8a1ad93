/** Pass: exports every global that can change, so that the values at the snapshot can be read. */
import { type Module, mutableGlobals } from './binaryen.ts';
import { GLOBAL_PREFIX } from './watched-runtime.ts';

export function exposeState(module: Module): void {
  for (const { name } of mutableGlobals(module)) module.addGlobalExport(name, GLOBAL_PREFIX + name);
}
