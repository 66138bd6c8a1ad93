/** A folder for the time of one job. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `job` with a new folder, and removes it afterwards, also when the program ends meanwhile. */
export async function withTemporaryFolder<T>(name: string, job: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `tandem-${name}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await job(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
