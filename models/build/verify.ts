/** Runs the combined Worker's bundle once on workerd and holds every model's answers against its golden file. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { ModelFolder } from './artefact.ts';
import { closeTo, Golden } from './golden.ts';
import { startWorkers } from './start-workers.ts';

const Answer = v.object({ outputs: v.tuple([v.object({ data: v.array(v.number()) })]) });

/** Rejects when the Worker does not start or an answer is not the golden one. */
export async function verify(models: readonly ModelFolder[]): Promise<void> {
  const workers = await startWorkers([{ worker: 'combined' }]);
  try {
    for (const model of models) await verifyModel(workers.url, model);
  } finally {
    await workers.stop();
  }
}

async function verifyModel(url: URL, { card, onnx }: ModelFolder): Promise<void> {
  const golden = v.parse(Golden, JSON.parse(readFileSync(join(dirname(onnx), 'golden.json'), 'utf8')));
  const [input] = card.inputs;
  const shape = [golden.inputs.length, golden.inputs[0]?.length];
  const response = await fetch(new URL(`/v2/models/${card.name}/infer`, url), {
    method: 'POST',
    body: JSON.stringify({
      inputs: [{ name: input?.name, datatype: input?.datatype, shape, data: golden.inputs.flat() }],
      outputs: [{ name: card.primaryOutput }],
    }),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`model ${card.name}: expected an answer on workerd, got ${response.status} ${text}`);
  const got = v.parse(Answer, JSON.parse(text)).outputs[0].data;
  const wrong = golden.outputs.findIndex((expected, row) => !closeTo(got[row], expected));
  if (wrong !== -1) {
    throw new Error(`model ${card.name}, golden row ${wrong}: expected ${golden.outputs[wrong]}, got ${got[wrong]}`);
  }
}
