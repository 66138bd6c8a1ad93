/** The process of a screening: opens and runs one case after another, and tells of each. Ends where the runtime breaks. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { createStockRuntime, type StockRuntime } from '../../../shared/inference/stock-runtime.ts';
import { RUNTIME_WASM } from '../artefact.ts';
import { endWithParent } from '../end-with-parent.ts';
import { CaseFolder } from './case-folder.ts';
import { reopenCase } from './case-model.ts';
import type { Screened } from './screen.ts';

async function screenCase(runtime: StockRuntime, folder: CaseFolder): Promise<Screened> {
  const { card, onnx, dataSets } = reopenCase(folder);
  const outputs = card.outputs.map(({ name }) => name);
  let came: Screened['came'] = 'load';
  try {
    const session = await runtime.createSession(readFileSync(onnx));
    came = 'run';
    for (const { inputs } of dataSets) await session.run(inputs, outputs);
    return { came: 'end', message: '' };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // Errors that a running runtime reports carry its error code.
    return { came: message.includes('ERROR_CODE') ? came : 'broken', message };
  }
}

endWithParent();

process.once('message', async (message) => {
  const runtime = createStockRuntime(new WebAssembly.Module(readFileSync(RUNTIME_WASM)));
  for (const folder of v.parse(v.array(CaseFolder), message)) {
    const screened = await screenCase(runtime, folder);
    await new Promise((resolve) => process.send?.(screened, resolve));
    if (screened.came === 'broken') break;
  }
  process.disconnect();
});
