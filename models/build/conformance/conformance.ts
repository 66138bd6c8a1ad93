/**
 * Runs cases of the ONNX standard's backend tests through the stock and the baked runtime, each in the predictor Worker
 * on workerd, in groups.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../workers.ts';
import type { CaseFolder } from './case-folder.ts';
import { type CaseModel, openCase } from './case-model.ts';
import { toGroups } from './group.ts';
import { type CaseResult, failed, type Outcome, type Outcomes, refused } from './outcome.ts';
import { type ScreenedCase, screen, unfitFor } from './screen.ts';
import { serveGroup } from './serve-group.ts';

type Log = (message: string) => void;

/** A result for each case, in order. `log` gets a line for every step. */
export async function runCases(cases: readonly CaseFolder[], log: Log): Promise<CaseResult[]> {
  const outcomes = new Map<CaseFolder, Outcomes>();
  const opened = cases.flatMap((folder) => {
    const model = openCase(folder);
    if (!model.ok) outcomes.set(folder, onBoth(refused(model.error)));
    return model.ok ? [model.value] : [];
  });
  const fit: ScreenedCase[] = [];
  for (const screened of await screenAll(opened, log)) {
    const unfit = unfitFor(screened);
    if (unfit === undefined) fit.push(screened);
    else outcomes.set(screened.folder, onBoth(unfit));
  }
  for (const [{ folder }, made] of await serveAll(fit, log)) outcomes.set(folder, made);
  return cases.map((folder) => {
    const { suite, name } = folder;
    return { suite, name, ...(outcomes.get(folder) ?? onBoth(failed('it was not run'))) };
  });
}

function onBoth(outcome: Outcome): Outcomes {
  return { stock: outcome, baked: outcome };
}

async function screenAll(cases: readonly CaseModel[], log: Log): Promise<ScreenedCase[]> {
  const screened: ScreenedCase[] = [];
  for (const group of toGroups(cases)) {
    log(`running cases ${screened.length + 1} to ${screened.length + group.length} on stock in Node`);
    screened.push(...(await screen(group)));
  }
  return screened;
}

async function serveAll(cases: readonly ScreenedCase[], log: Log): Promise<Map<ScreenedCase, Outcomes>> {
  const served = new Map<ScreenedCase, Outcomes>();
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  const stage = mkdtempSync(join(ROOT, 'dist/conformance-'));
  try {
    const groups = toGroups(cases);
    for (const [number, group] of groups.entries()) {
      const where = `group ${number + 1} of ${groups.length}`;
      const outcomes = await serveGroup(group, stage, (message) => log(`${where}, ${message}`));
      for (const [model, made] of outcomes) served.set(model, made);
    }
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  return served;
}
