/** The one function that damaged modules break: `labels` enters it through the table in every run, no other model does. */
import { generateInputs } from '../../models/build/generate-inputs.ts';
import type { Tensor } from '../../shared/tensor.ts';
import { bakedSubjects, productInputs } from './baked-models.ts';
import type { Subject } from './run-pool.ts';
import { traceBaked } from './sabotage.ts';

/** The baked test models, with the slot of the function that only `labels` enters. */
export async function findVictim() {
  const { baked, models } = await bakedSubjects();
  const traced = await traceBaked(baked.wasm, baked.pages, models[0]?.handle ?? 0);
  const slotsOf = async (subject: Subject, inputs: readonly Tensor[]) => {
    const session = await traced.runtime.openSession(subject.handle);
    const outputs = subject.card.outputs.map(({ name }) => name);
    return traced.entered(() => session.run(inputs, outputs).catch(() => undefined));
  };
  const others = new Set<number>();
  let victims = new Set<number>();
  for (const subject of models) {
    const shapes: (readonly Tensor[])[] = [1, 3, 1000].map((rows) => generateInputs(subject.card, rows, rows));
    if (subject.card.name === 'product') shapes.push(productInputs([64, 128, 96]));
    for (const inputs of shapes) {
      const slots = await slotsOf(subject, inputs);
      if (subject.card.name === 'labels')
        victims = victims.size === 0 ? slots : new Set([...victims].filter((slot) => slots.has(slot)));
      else for (const slot of slots) others.add(slot);
    }
  }
  const slot = [...victims].find((candidate) => !others.has(candidate));
  if (slot === undefined) throw new Error('expected a function that only one model enters, got none');
  return { baked, models, slot };
}
