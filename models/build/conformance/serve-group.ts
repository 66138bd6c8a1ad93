/** Serves a group of cases on workerd: from a stock and from a baked artefact, each bundled into the predictor Worker. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeStock } from '../artefact.ts';
import { bundle } from '../bundle.ts';
import { copySources } from '../files.ts';
import { ROOT } from '../workers.ts';
import { bakeCases } from './bake.ts';
import type { CaseModel } from './case-model.ts';
import { failed, type Outcome, type Outcomes, refused } from './outcome.ts';
import type { Screened, ScreenedCase } from './screen.ts';
import { separately } from './separately.ts';
import { type Served, serve } from './serve.ts';

/** The outcomes of the cases. Works in the folder `stage`, below the project's root. */
export async function serveGroup(
  group: readonly ScreenedCase[],
  stage: string,
  log: (message: string) => void,
): Promise<Map<ScreenedCase, Outcomes>> {
  const [stock, baked] = await Promise.all([
    serveArtefact(group, {
      root: join(stage, 'stock'),
      write: async (cases, folder) => writeStock(cases, folder),
      log: (message) => log(`stock: ${message}`),
    }),
    serveArtefact(group, {
      root: join(stage, 'baked'),
      write: (cases, folder) => bakeCases({ cases: cases.map((model) => model.folder), folder, log }),
      log: (message) => log(`baked: ${message}`),
    }),
  ]);
  const outcomes = new Map<ScreenedCase, Outcomes>();
  for (const [index, model] of group.entries()) {
    const [one, other] = [stock[index], baked[index]];
    if (one === undefined || other === undefined) continue;
    const words = (outcome: Outcome) => inRuntimeWords(outcome, model.screened);
    outcomes.set(model, { stock: words(one.outcome), baked: words(sameBits(one, other)) });
  }
  return outcomes;
}

interface ArtefactOptions {
  /** Root folder of the build. */
  readonly root: string;
  /** Writes the artefact of the cases into a folder. */
  readonly write: (cases: readonly CaseModel[], folder: string) => Promise<void>;
  readonly log: (message: string) => void;
}

/** What a predictor Worker with an artefact of the cases makes of them. */
function serveArtefact(cases: readonly CaseModel[], { root, write, log }: ArtefactOptions): Promise<Served[]> {
  return separately(cases, {
    job: async (part) => {
      log(`making ${part.length} case(s)`);
      const artefact = join(root, 'models/dist');
      rmSync(root, { recursive: true, force: true });
      copySources(ROOT, root);
      mkdirSync(artefact, { recursive: true });
      await write(part, artefact);
      log('bundling and running');
      await bundle('predictor', root);
      return serve(part, root);
    },
    isNamed: ({ card }, reason) => reason.includes(`model ${card.name}`),
    onFailure: (reason) => ({ outcome: failed(`it could not be served: ${reason}`), bits: '' }),
    log,
  });
}

/** The baked runtime's outcome; where both answer, it has to answer in the same bits. */
function sameBits(stock: Served, { outcome, bits }: Served): Outcome {
  if (stock.bits === '' || bits === '' || stock.bits === bits) return outcome;
  return failed("its answer differs in some bit from the stock runtime's");
}

/** The Workers do not tell clients what onnxruntime says of a run, so what it said in Node is put in. */
function inRuntimeWords(outcome: Outcome, { came, message }: Screened): Outcome {
  if (outcome.kind !== 'refused' || came !== 'run') return outcome;
  const [firstLine = ''] = message.replace(/^.*ERROR_MESSAGE: /, '').split('\n');
  return refused(`onnxruntime refuses to run it: ${firstLine.trim()}`);
}
