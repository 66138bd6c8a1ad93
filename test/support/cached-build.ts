/** A build of the project's models with other cards: what an owner gets who writes a cache into them. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type WorkerName } from '../../models/build/workers.ts';
import type { CachePolicy } from '../../shared/model-card.ts';
import { buildWorkers } from './test-models.ts';

/** Of each model that has one. `auto-mpg` is kept by caller, `penguins` for all, `digits` for failures alone. */
export const POLICIES: Readonly<Record<string, CachePolicy>> = {
  'auto-mpg': { seconds: 3_600 },
  penguins: { seconds: 3_600, public: true },
  digits: { seconds: 0, staleSeconds: 3_600 },
};

/** Returns the root folder of that build, which is for the caller to remove. Its models are the set `revision`. */
export function buildCached(revision: string, workers?: readonly WorkerName[]): Promise<string> {
  return buildWorkers((artefact) => {
    const made = join(ROOT, 'models/dist');
    cpSync(join(made, 'runtime.wasm'), join(artefact, 'runtime.wasm'));
    const text = Object.entries(POLICIES).reduce(
      (before, [name, policy]) => {
        const opening = `card: {"name":"${name}",`;
        if (!before.includes(opening)) throw new Error(`expected a card of ${name}, got none`);
        return before.replace(opening, `${opening}"cache":${JSON.stringify(policy)},`);
      },
      readFileSync(join(made, 'artefact.ts'), 'utf8'),
    );
    writeFileSync(join(artefact, 'artefact.ts'), text.replace(/revision: '\w+'/, `revision: '${revision}'`));
  }, workers);
}
