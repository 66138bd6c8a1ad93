/**
 * Pass: makes the runtime's clock stand still. onnxruntime looks at it several times a run, for reports on itself that
 * nobody here reads, and each look is a call out of WebAssembly and two into the platform. In a Worker the clock stands
 * still between I/O anyway. It also takes time out of the snapshot.
 */
import { binaryen, type Module, signature } from './binaryen.ts';

/** The type of `clock_time_get` of the WebAssembly system interface: clock, precision, pointer to the result; an error code. */
const PARAMETERS = [binaryen.i32, binaryen.i64, binaryen.i32];
const TIME_NS = 0n;

export function stopClock(module: Module): void {
  const clocks = importedFunctions(module).filter((name) => {
    const { types, results } = signature(module, name);
    return results === binaryen.i32 && types.join() === PARAMETERS.join();
  });
  const [clock, ...others] = clocks;
  if (clock === undefined || others.length > 0)
    throw new Error(`expected 1 import that tells the time, got ${clocks.length}`);
  module.removeFunction(clock);
  const pointer = module.local.get(2, binaryen.i32);
  const body = [module.i64.store(0, 8, pointer, module.i64.const(TIME_NS)), module.i32.const(0)];
  const stopped = module.block(null, body, binaryen.i32);
  module.addFunction(clock, binaryen.createType(PARAMETERS), binaryen.i32, [], stopped);
}

function importedFunctions(module: Module): string[] {
  const functions = Array.from({ length: module.getNumFunctions() }, (_, i) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(i)),
  );
  return functions.filter(({ module: from }) => from !== null && from !== '').map(({ name }) => name);
}
