/**
 * The folder of a run: bench/results/<time> with environment.json, the records, and what is computed from both;
 * `latest` points at the newest. Records are compressed NDJSON: every one is a gzip member of its own, in one write, so
 * that what was measured is there whatever ends the program; members in a row are one valid gzip file.
 */
import * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { constants, createGunzip, gzipSync } from 'node:zlib';
import { lockSync } from 'proper-lockfile';
import * as v from 'valibot';
import { UsageError } from '../../models/build/command-line.ts';
import { ROOT } from '../../models/build/workers.ts';
import type { RequestTimes } from '../load/window.ts';
import { type Environment, type FaultRecord, RunRecord, type WindowRecord } from './records.ts';

/** Where runs are written, and the lock of the one that measures. */
export const RESULTS_FOLDER = join(ROOT, 'bench/results');
export const LOCK = join(RESULTS_FOLDER, '.lock');

/** Files in the folder of a run. */
export const RECORDS_FILE = 'records.ndjson.gz';
const FACTS_FILE = 'environment.json';

/** The time after which a killed run's lock counts as none, in milliseconds. */
const LOCK_STALE_MS = 30_000;

/** Throws when another run measures on this checkout: two would disturb each other. The lock goes with this process. */
export function lockResults(): void {
  fs.mkdirSync(RESULTS_FOLDER, { recursive: true });
  try {
    // `onCompromised` would throw on a timer: a run whose lock was lost has been measuring for long.
    lockSync(RESULTS_FOLDER, { lockfilePath: LOCK, stale: LOCK_STALE_MS, onCompromised: () => undefined });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ELOCKED')) throw cause;
    throw new Error('expected to measure alone, but another run is measuring: bench/results is locked');
  }
}

/** A run that is being measured. */
export type OpenRun = ReturnType<typeof createRun>;

/** Makes the folder of a run that begins now, and moves `latest` to it. */
export function createRun(environment: Environment) {
  const name = environment.date.replaceAll(':', '-').replace(/\.\d+/, '');
  const folder = join(RESULTS_FOLDER, name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(join(folder, FACTS_FILE), `${JSON.stringify(environment, null, 2)}\n`);
  const link = join(RESULTS_FOLDER, `.latest-${process.pid}`);
  fs.rmSync(link, { force: true });
  fs.symlinkSync(name, link);
  fs.renameSync(link, join(RESULTS_FOLDER, 'latest'));
  const startMs = performance.now();
  return {
    folder,
    /** Since the run began. */
    elapsedMs: () => performance.now() - startMs,
    /** Writes a record down at once. Throws when the disk does not take it. */
    write: (record: RunRecord) => appendRecord(join(folder, RECORDS_FILE), record),
  };
}

/** The run in a folder. Throws `UsageError` when there is none. */
export function openRun(folder: string) {
  const file = join(folder, FACTS_FILE);
  if (!fs.existsSync(file))
    throw new UsageError(`${folder}: expected the folder of a run with ${FACTS_FILE}, got none`);
  const environment: Environment = JSON.parse(fs.readFileSync(file, 'utf8'));
  return { environment, records: () => readRecords(join(folder, RECORDS_FILE)) };
}

/** A file's path as people type it, from the project's root. */
export function shortPath(file: string): string {
  const path = relative(ROOT, file);
  return path.startsWith('..') ? file : path;
}

function isLoad(record: RunRecord): record is WindowRecord | FaultRecord {
  return record.kind === 'window' || record.kind === 'fault';
}

/** Appends a record as a whole or not at all. Throws when the disk does not take it. */
export function appendRecord(file: string, record: RunRecord): void {
  const packed = isLoad(record) ? { ...record, requests: pack(record.requests) } : record;
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  try {
    fs.appendFileSync(file, gzipSync(`${JSON.stringify(packed)}\n`));
  } catch (cause) {
    // Half a record in the middle would make all after it unreadable.
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) fs.truncateSync(file, size);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file}: expected to append a record, got: ${why}`, { cause });
  }
}

/** A file's records in order, up to where it is cut off; none without a file. Throws with the line that is no record. */
export async function* readRecords(file: string): AsyncGenerator<RunRecord> {
  if (!fs.existsSync(file)) return;
  let number = 0;
  for await (const line of wholeLines(file)) {
    number += 1;
    try {
      const record = v.parse(RunRecord, JSON.parse(line));
      yield isLoad(record) ? { ...record, requests: unpack(record.requests) } : record;
    } catch (cause) {
      const got = cause instanceof Error ? cause.message : cause;
      throw new Error(`${file}, line ${number}: expected a record of a run, got: ${got}`);
    }
  }
}

/** The lines of a compressed file, up to where it is cut off. */
async function* wholeLines(file: string): AsyncGenerator<string> {
  // Input that ends too early is no error so: https://nodejs.org/api/zlib.html#compressing-http-requests-and-responses.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  let rest = '';
  for await (const chunk of fs.createReadStream(file).pipe(gunzip).setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** Times as differences, which are short: each request's due time to the one before it, its other times to each other. */
function pack({ intendedUs, sentUs, firstByteUs, lastByteUs }: RequestTimes): RequestTimes {
  return {
    intendedUs: add(intendedUs, [0, ...intendedUs], -1),
    sentUs: add(sentUs, intendedUs, -1),
    firstByteUs: add(firstByteUs, sentUs, -1),
    lastByteUs: add(lastByteUs, firstByteUs, -1),
  };
}

function unpack(packed: RequestTimes): RequestTimes {
  let due = 0;
  const intendedUs = packed.intendedUs.map((gap) => {
    due += gap;
    return due;
  });
  const sentUs = add(packed.sentUs, intendedUs);
  const firstByteUs = add(packed.firstByteUs, sentUs);
  return { intendedUs, sentUs, firstByteUs, lastByteUs: add(packed.lastByteUs, firstByteUs) };
}

function add(values: readonly number[], others: readonly number[], sign = 1): number[] {
  return values.map((value, i) => value + sign * (others[i] ?? 0));
}
