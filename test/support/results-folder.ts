/** Runs that tests make: found while they are measured, and taken away afterwards, so that a person's latest run stays it. */
import { existsSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK, RECORDS_FILE, RESULTS_FOLDER } from '../../bench/run/run-folder.ts';

const LATEST = join(RESULTS_FOLDER, 'latest');

export interface ResultsKeeper {
  /** The folder of the newest run that was begun after this keeper; undefined before there is one. */
  newest(): string | undefined;
  /** Bytes of records that it has so far. */
  recordedBytes(): number;
  /** Removes the newest run, and points `latest` to what it was. */
  restore(): void;
}

export function keepResults(): ResultsKeeper {
  const before = target();
  const newest = () => {
    const now = target();
    return now === undefined || now === before ? undefined : join(RESULTS_FOLDER, now);
  };
  return {
    newest,
    recordedBytes: () => {
      const folder = newest();
      const file = folder === undefined ? undefined : join(folder, RECORDS_FILE);
      return file === undefined || !existsSync(file) ? 0 : statSync(file).size;
    },
    restore: () => {
      const folder = newest();
      if (folder === undefined) return;
      // A run that was killed outright leaves its lock for 30 s; whoever made the folder held it.
      rmSync(LOCK, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
      rmSync(LATEST, { force: true });
      if (before !== undefined) symlinkSync(before, LATEST);
    },
  };
}

function target(): string | undefined {
  try {
    return readlinkSync(LATEST);
  } catch {
    return undefined;
  }
}
