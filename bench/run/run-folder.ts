/**
 * The folder of a run: bench/results/<time> with environment.json, the records, and what is computed from both;
 * `latest` points at the newest. One run at a time measures: two would disturb each other.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { lockSync } from 'proper-lockfile';
import { UsageError } from '../../models/build/options.ts';
import { ROOT } from '../../models/build/workers.ts';
import type { Environment } from './environment.ts';
import type { RunRecord } from './records.ts';
import { appendRecord, RECORDS_FILE, readRecords } from './records-file.ts';

/** Where runs are written. */
export const RESULTS_FOLDER = join(ROOT, 'bench/results');

/** Held by the run that measures. */
export const LOCK = join(RESULTS_FOLDER, '.lock');

const ENVIRONMENT_FILE = 'environment.json';

/** How long a lock lives without being renewed, in milliseconds: the time after which a killed run's counts as none. */
const LOCK_STALE_MS = 30_000;

/** A run that is being measured. */
export interface OpenRun {
  readonly folder: string;
  /** Milliseconds since the run began. */
  elapsedMs(): number;
  /** Writes a record down at once. Throws when the disk does not take it. */
  write(record: RunRecord): void;
}

/** A run that was measured, whole or cut off. */
export interface StoredRun {
  readonly folder: string;
  readonly environment: Environment;
  records(): AsyncGenerator<RunRecord>;
}

/** Throws when another run is measuring on this checkout. The lock goes with this process. */
export function lockResults(): void {
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  const fail = () => {
    throw new Error(
      `expected to measure alone, but another run is measuring: ${relative(ROOT, RESULTS_FOLDER)} is locked`,
    );
  };
  try {
    // `onCompromised` would throw on a timer: a run whose lock was lost has been measuring for long.
    lockSync(RESULTS_FOLDER, { lockfilePath: LOCK, stale: LOCK_STALE_MS, onCompromised: () => undefined });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ELOCKED') fail();
    throw cause;
  }
}

/** Makes the folder of a run that begins now, and moves `latest` to it. */
export function createRun(environment: Environment): OpenRun {
  const name = environment.date.replaceAll(':', '-').replace(/\.\d+/, '');
  const folder = join(RESULTS_FOLDER, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ENVIRONMENT_FILE), `${JSON.stringify(environment, null, 2)}\n`);
  moveLatest(name);
  const startMs = performance.now();
  return {
    folder,
    elapsedMs: () => performance.now() - startMs,
    write: (record) => appendRecord(join(folder, RECORDS_FILE), record),
  };
}

function moveLatest(name: string): void {
  const next = join(RESULTS_FOLDER, `.latest-${process.pid}`);
  rmSync(next, { force: true });
  symlinkSync(name, next);
  renameSync(next, join(RESULTS_FOLDER, 'latest'));
}

/** The run in a folder. Throws `UsageError` when there is none. */
export function openRun(folder: string): StoredRun {
  const file = join(folder, ENVIRONMENT_FILE);
  const records = join(folder, RECORDS_FILE);
  if (!existsSync(file))
    throw new UsageError(`${folder}: expected the folder of a run with ${ENVIRONMENT_FILE}, got none`);
  const environment: Environment = JSON.parse(readFileSync(file, 'utf8'));
  return { folder, environment, records: () => (existsSync(records) ? readRecords(records) : none()) };
}

async function* none(): AsyncGenerator<RunRecord> {}

/** The results.json that `path` is, or that is in the folder that `path` is. Throws when there is none. */
export function findResults(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = isFolder ? join(path, 'results.json') : path;
  if (existsSync(file)) return file;
  throw new Error(`${path}: expected a results.json or the folder of a run that has one, got none`);
}

/** A file's path as people type it, from the project's root. */
export function shortPath(file: string): string {
  const path = relative(ROOT, file);
  return path.startsWith('..') ? join(dirname(file), basename(file)) : path;
}
