/**
 * Pass: makes every function in the table tell when it is entered through the table. Direct calls stay as they were: what
 * they reach needs no telling, since it stays with its caller.
 */
import { binaryen, type Module, replaceTable, signature, tableContents } from './binaryen.ts';
import { TRACE_IMPORT } from './watched-runtime.ts';

const ENTER = 'tandem-enter';

export function traceTable(module: Module): void {
  const table = tableContents(module);
  module.addFunctionImport(ENTER, TRACE_IMPORT.module, TRACE_IMPORT.name, binaryen.i32, binaryen.none);
  const wrappers = new Map<string, string>();
  for (const [slot, name] of table.functions.entries()) {
    if (!wrappers.has(name)) wrappers.set(name, addWrapper(module, name, slot));
  }
  replaceTable(
    module,
    table,
    table.functions.map((name) => wrappers.get(name) ?? name),
  );
}

/** A function of the same type that tells `slot` and calls the one named. */
function addWrapper(module: Module, name: string, slot: number): string {
  const { params, results, types } = signature(module, name);
  const tell = module.call(ENTER, [module.i32.const(slot)], binaryen.none);
  const call = module.call(
    name,
    types.map((type, i) => module.local.get(i, type)),
    results,
  );
  const wrapper = `tandem-traced-${name}`;
  module.addFunction(wrapper, params, results, [], module.block(null, [tell, call], results));
  return wrapper;
}
