/**
 * Runs the bundles on workerd and holds every model's answers against its golden file. It asks the predictor Worker by
 * RPC, which carries every datatype, and the combined one whether its models are ready: both hold the same artefact.
 */
import { dirname, join } from 'node:path';
import { toHttp } from '../../shared/errors.ts';
import type { Predictor } from '../../shared/predictor.ts';
import { findDifference, fromJsonTensor, readGolden } from './golden.ts';
import type { ModelFolder } from './model-folder.ts';
import { versionName } from './model-name.ts';
import { startWorkers } from './start-workers.ts';

/** Rejects when a Worker of the build under `root` does not start or an answer is not the golden one. */
export async function verify(models: readonly ModelFolder[], root: string): Promise<void> {
  const names = ['combined', 'gateway', 'predictor'] as const;
  const workers = await startWorkers(names.map((worker) => ({ worker, root })));
  try {
    const { PREDICTOR } = await workers.miniflare.getBindings<{ PREDICTOR: Predictor }>('tandem-gateway');
    for (const model of models) await verifyModel(PREDICTOR, model);
    const ready = await fetch(new URL('/v2/health/ready', workers.url));
    if (!ready.ok) throw new Error(`combined Worker: expected it ready, got ${ready.status} ${await ready.text()}`);
  } finally {
    await workers.stop();
  }
}

async function verifyModel(predictor: Predictor, { card, onnx }: ModelFolder): Promise<void> {
  const file = join(dirname(onnx), 'golden.json');
  const golden = readGolden(file);
  if (golden.cases.length === 0) throw new Error(`${file}: expected at least one case, got none`);
  for (const [index, { inputs, outputs }] of golden.cases.entries()) {
    const { name: model, version } = card;
    const where = `model ${versionName(card)}, golden case ${index}`;
    const answer = await predictor.infer({ model, version, inputs: inputs.map(fromJsonTensor) });
    if (!answer.ok) throw new Error(`${where}: expected an answer on workerd, got ${toHttp(answer.error).message}`);
    for (const [position, expected] of outputs.entries()) {
      const difference = findDifference(answer.value.outputs[position], expected);
      if (difference !== undefined) throw new Error(`${where}, ${difference}`);
    }
  }
}
