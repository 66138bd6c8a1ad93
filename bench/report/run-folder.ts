/** The folder of a run: bench/results/<time>, with `latest` pointing at the newest. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from '../../models/build/workers.ts';

const RESULTS = join(ROOT, 'bench/results');

/** Writes results.json and moves `latest`. Returns the file's path relative to the project. */
export function writeRun(results: { readonly environment: { readonly date: string } }): string {
  const name = results.environment.date.replaceAll(':', '-').replace(/\.\d+/, '');
  const folder = join(RESULTS, name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'results.json');
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  const next = join(RESULTS, `.latest-${process.pid}`);
  rmSync(next, { force: true });
  symlinkSync(name, next);
  renameSync(next, join(RESULTS, 'latest'));
  return relative(ROOT, file);
}
