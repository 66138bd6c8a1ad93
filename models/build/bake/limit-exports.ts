/**
 * Pass: keeps of onnxruntime's own interface the functions that the binding calls, under plain names, so that what
 * served only the others can go. What the glue needs stays as it was.
 */
import { binaryen, type Module } from './binaryen.ts';

export interface LimitOptions {
  /** Export names that go, those of the kept functions too. */
  readonly drop: readonly string[];
  /** Export names of the functions that stay, by the plain name that each gets. */
  readonly keep: Readonly<Record<string, string>>;
}

export function limitExports(module: Module, { drop, keep }: LimitOptions): void {
  for (const [plain, name] of Object.entries(keep)) {
    module.addFunctionExport(binaryen.getExportInfo(module.getExport(name)).value, plain);
  }
  for (const name of drop) module.removeExport(name);
}
