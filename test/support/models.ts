/** The models of the default build, read off their folders: adding one changes no test. */
import { join } from 'node:path';
import { findModels } from '../../models/build/model-folder.ts';
import { ROOT } from '../../models/build/workers.ts';

/** Their cards, in the order in which they are served. */
export const CARDS = findModels(join(ROOT, 'models')).map((model) => model.card);

/** How an error lists them. */
export const ANY_MODEL = CARDS.map((card) => JSON.stringify(card.name)).join(' or ');
