/**
 * Pass: counts allocations, and ends a run that makes more than a run can need: a loop whose rounds the request decides
 * would else never end. The count is exported, so that each run starts at 0.
 */
import { OUR_MODULE } from '../../../shared/inference/baked-runtime.ts';
import { MAX_RUN_ALLOCATIONS } from '../../../shared/limits.ts';
import { binaryen, type Module } from './binaryen.ts';
import { ALLOCATIONS } from './watched-runtime.ts';

const COUNT = 'tandem-allocations';
const ENDLESS = 'tandem-endless';

/** `malloc` is the export name of the allocator. */
export function boundRuns(module: Module, malloc: string): void {
  const { i32, global } = module;
  const { value: name } = binaryen.getExportInfo(module.getExport(malloc));
  const { params, results, vars, body } = binaryen.getFunctionInfo(module.getFunction(name));
  module.addFunctionImport(ENDLESS, OUR_MODULE, 'endless', binaryen.none, binaryen.none);
  module.addGlobal(COUNT, binaryen.i32, true, i32.const(0));
  module.addGlobalExport(COUNT, ALLOCATIONS);
  const isOver = i32.gt_s(global.get(COUNT, binaryen.i32), i32.const(MAX_RUN_ALLOCATIONS));
  const counted = module.block(
    null,
    [
      global.set(COUNT, i32.add(global.get(COUNT, binaryen.i32), i32.const(1))),
      module.if(isOver, module.call(ENDLESS, [], binaryen.none)),
      body,
    ],
    results,
  );
  module.removeFunction(name);
  module.addFunction(name, params, results, vars, counted);
}
