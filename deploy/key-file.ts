/**
 * The file that API keys are kept in, as hashes: the line `API_KEYS=...` that `wrangler`, Deno, Bun and systemd read as it
 * is. No deployment tells its secrets, so this file is the list of them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ROOT, type WorkerName } from '../models/build/workers.ts';
import { formatEntries, type KeyEntry, parseEntries } from '../shared/api-keys.ts';

/** Its name, in the project's root folder unless another is asked for. */
export const KEY_FILE = '.api-keys';

/** The entries of the file; none where it is not there. Throws where it holds something else. */
export function readKeyFile(file: string): KeyEntry[] {
  return existsSync(file) ? parseEntries(parseEnv(readFileSync(file, 'utf8')).API_KEYS ?? '') : [];
}

export function writeKeyFile(file: string, entries: readonly KeyEntry[]): void {
  writeFileSync(file, `API_KEYS=${formatEntries(entries)}\n`);
}

/** What `wrangler deploy` takes so that a public Worker starts with the keys of the file; nothing where there is none. */
export function keyArguments(worker: WorkerName, file: string = join(ROOT, KEY_FILE)): string[] {
  return worker !== 'predictor' && existsSync(file) ? ['--secrets-file', file] : [];
}
