/**
 * Pass: leaves in the table the functions that the calibration runs entered through it, with their families, and a stub
 * in every other slot, which calls the added import `missing`. Then drops everything that no export and no kept slot reaches. Functions
 * called directly stay with their callers, so paths that no calibration took work as long as they make no new kind of
 * indirect call; one that does raises an error that says so.
 */
import { OUR_MODULE } from '../../../shared/inference/baked-runtime.ts';
import { binaryen, type Module, replaceTable, signature, tableContents } from './binaryen.ts';
import { findFamilies } from './families.ts';

const MISSING = 'tandem-missing';

export interface CutOptions {
  /** Slots as `traceTable` tells them. Every slot that holds the same function stays with it. */
  readonly entered: ReadonlySet<number>;
  /** The memory of the snapshot. */
  readonly memory: Uint8Array<ArrayBuffer>;
}

export function cutTable(module: Module, { entered: slots, memory }: CutOptions): void {
  const table = tableContents(module);
  const entered = new Set([...slots].flatMap((slot) => table.functions[slot] ?? []));
  const kept = findFamilies(module, { table, entered, memory });
  const stubs = createStubs(module);
  replaceTable(
    module,
    table,
    table.functions.map((name) => (kept.has(name) ? name : stubs(name))),
  );
  module.runPasses(['remove-unused-module-elements']);
}

/** One stub for each type of function: one for each slot would know which function it was, and cost a megabyte. */
function createStubs(module: Module): (name: string) => string {
  module.addFunctionImport(MISSING, OUR_MODULE, 'missing', binaryen.none, binaryen.none);
  const stubs = new Map<string, string>();
  return (name) => {
    const { params, results } = signature(module, name);
    const key = `${params} ${results}`;
    const stub = stubs.get(key) ?? `tandem-stub-${stubs.size}`;
    if (!stubs.has(key)) {
      const body = [module.call(MISSING, [], binaryen.none), module.unreachable()];
      module.addFunction(stub, params, results, [], module.block(null, body, binaryen.unreachable));
      stubs.set(key, stub);
    }
    return stub;
  };
}
