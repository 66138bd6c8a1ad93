/** The process of a bake: bakes cases into one module and writes their artefact. Tells every step, and why it failed. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { writeBaked } from '../artefact.ts';
import { bake } from '../bake/bake.ts';
import { readPackage } from '../bake/onnxruntime.ts';
import { endWithParent } from '../end-with-parent.ts';
import { workerLimits } from '../workers.ts';
import { type BakeMessage, BakeRequest } from './bake.ts';
import { reopenCase } from './case-model.ts';

/** A case's own inputs are what counts here. */
const CALIBRATION_SECONDS = 1;

function tell(message: v.InferOutput<typeof BakeMessage>): Promise<unknown> {
  return new Promise((resolve) => process.send?.(message, resolve));
}

async function bakeInto({ cases, folder }: v.InferOutput<typeof BakeRequest>): Promise<void> {
  const opened = cases.map(reopenCase);
  const models = opened.map(({ card, onnx, dataSets }) => ({
    card: { ...card, calibrationSeconds: CALIBRATION_SECONDS },
    onnx: new Uint8Array(readFileSync(onnx)),
    samples: dataSets.map(({ inputs }) => inputs),
    isParticular: false,
    limits: workerLimits(),
  }));
  const baked = await bake({ models, runtime: 'baked', ort: readPackage(), log: (step) => void tell({ step }) });
  if (baked.warning !== undefined) throw new Error(baked.warning);
  writeBaked(opened, baked, folder);
}

endWithParent();

process.once('message', async (message) => {
  try {
    await bakeInto(v.parse(BakeRequest, message));
  } catch (cause) {
    await tell({ error: cause instanceof Error ? cause.message : String(cause) });
  }
  process.disconnect();
});
