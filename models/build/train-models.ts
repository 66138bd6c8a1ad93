/** Runs the training scripts of models: `train.ts` of a folder exports `train(folder)`, which writes the model there. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';

const Script = v.object({ train: v.function() });

/** Trains one model, or every one that has a script. Throws when a model has none. */
export async function trainModels(
  models: string,
  name: string | undefined,
  log: (message: string) => void,
): Promise<void> {
  const trainable = readdirSync(models).filter((folder) => existsSync(join(models, folder, 'train.ts')));
  if (name !== undefined && !trainable.includes(name)) {
    const reason = 'a model that was added as a file is trained where it came from';
    throw new Error(
      `train: expected a model with a train.ts (${trainable.join(', ') || 'none'}), got "${name}"; ${reason}`,
    );
  }
  for (const model of name === undefined ? trainable.sort() : [name]) {
    const folder = join(models, model);
    log(`training ${model}`);
    const script: unknown = await import(pathToFileURL(join(folder, 'train.ts')).href);
    await v.parse(Script, script).train(folder);
  }
}
