/**
 * The records of a run on disk: compressed NDJSON. Every record is a gzip member of its own, appended in one write, so
 * that what was measured is there whatever ends the program; members in a row are one valid gzip file.
 */
import { appendFileSync, createReadStream, statSync, truncateSync } from 'node:fs';
import { createGunzip, gzipSync } from 'node:zlib';
import * as v from 'valibot';
import type { RequestTimes } from '../load/window.ts';
import { RunRecord } from './records.ts';

/** Name of the file in the folder of a run. */
export const RECORDS_FILE = 'records.ndjson.gz';

/** Appends a record as a whole or not at all. Throws when the disk does not take it. */
export function appendRecord(file: string, record: RunRecord): void {
  const packed = record.kind === 'window' ? { ...record, requests: pack(record.requests) } : record;
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  try {
    appendFileSync(file, gzipSync(`${JSON.stringify(packed)}\n`));
  } catch (cause) {
    cutTo(file, size);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file}: expected to append a record, got: ${why}`, { cause });
  }
}

/** Half a record in the middle would make all after it unreadable. */
function cutTo(file: string, size: number): void {
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) truncateSync(file, size);
}

/**
 * The records of a file in order. A last one that was cut off is left out; anything else that is not a record throws
 * with its line.
 */
export async function* readRecords(file: string): AsyncGenerator<RunRecord> {
  let number = 0;
  for await (const line of wholeLines(file)) {
    number += 1;
    yield parse(line, `${file}, line ${number}`);
  }
}

/** The lines of a compressed file, up to where it is cut off. */
async function* wholeLines(file: string): AsyncGenerator<string> {
  const text = createReadStream(file).pipe(createGunzip()).setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of text) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (cause) {
    if (!isCutOff(cause)) throw cause;
  }
}

/** zlib's code for input that ends too early: https://zlib.net/manual.html. */
function isCutOff(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'Z_BUF_ERROR';
}

function parse(line: string, where: string): RunRecord {
  try {
    const record = v.parse(RunRecord, JSON.parse(line));
    return record.kind === 'window' ? { ...record, requests: unpack(record.requests) } : record;
  } catch (cause) {
    throw new Error(`${where}: expected a record of a run, got: ${cause instanceof Error ? cause.message : cause}`);
  }
}

/** Times as differences, which are short: each request's due time to the one before it, its other times to each other. */
function pack({ intendedUs, sentUs, firstByteUs, lastByteUs }: RequestTimes): RequestTimes {
  return {
    intendedUs: intendedUs.map((time, i) => time - (intendedUs[i - 1] ?? 0)),
    sentUs: subtract(sentUs, intendedUs),
    firstByteUs: subtract(firstByteUs, sentUs),
    lastByteUs: subtract(lastByteUs, firstByteUs),
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

function subtract(values: readonly number[], base: readonly number[]): number[] {
  return values.map((value, i) => value - (base[i] ?? 0));
}

function add(values: readonly number[], base: readonly number[]): number[] {
  return values.map((value, i) => value + (base[i] ?? 0));
}
