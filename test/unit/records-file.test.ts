import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FaultRecord, RunRecord, WindowRecord } from '../../bench/run/records.ts';
import { appendRecord, readRecords } from '../../bench/run/run-folder.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-records-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function newFile(): string {
  files += 1;
  return join(folder, `${files}.ndjson.gz`);
}

async function readAll(file: string): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  for await (const record of readRecords(file)) records.push(record);
  return records;
}

const NOTE: RunRecord = { kind: 'note', subject: null, text: 'first' };

function windowOf(times: readonly (readonly [number, number, number, number])[]): WindowRecord {
  let due = 0;
  const requests = times.map(([gap, lag, first, last]) => {
    due += gap;
    return [due, due + lag, due + lag + first, due + lag + first + last] as const;
  });
  return {
    kind: 'window',
    experiment: 'single-stream',
    phase: 'measure',
    subject: 'combined',
    start: 1,
    round: 2,
    workload: 'auto-mpg',
    client: 'fetch',
    load: { kind: 'closed', connections: 1 },
    seed: 5,
    atMs: 12.5,
    requests: {
      intendedUs: requests.map(([intended]) => intended),
      sentUs: requests.map(([, sent]) => sent),
      firstByteUs: requests.map(([, , first]) => first),
      lastByteUs: requests.map(([, , , last]) => last),
    },
    failures: times.length > 2 ? [[1, 'wrong']] : [],
    elapsedMs: 400.5,
    clientCpuMs: 1,
    spinMs: 0,
    eventLoopUtilization: 0.5,
    serverCpuMs: { combined: 3 },
  };
}

it('gives back what was written, to the microsecond', async () => {
  const us = fc.nat(1_000_000);
  const times = fc.array(fc.tuple(us, us, us, us), { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(fc.array(times, { maxLength: 4 }), async (windows) => {
      const file = newFile();
      const records = [NOTE, ...windows.map(windowOf)];
      for (const record of records) appendRecord(file, record);
      expect(await readAll(file)).toEqual(records);
    }),
    { numRuns: 30 },
  );
});

it('keeps what clients got of a predictor that failed', async () => {
  const { requests, load, client, ...own } = windowOf([
    [5, 1, 10, 2],
    [5, 1, 10, 2],
  ]);
  const { elapsedMs, clientCpuMs, spinMs, eventLoopUtilization } = own;
  const used = { elapsedMs, clientCpuMs, spinMs, eventLoopUtilization };
  const what = { kind: 'fault', subject: 'combined', fault: 'throw', route: 'cheap', start: 1, seed: 5 } as const;
  const failures: FaultRecord['failures'] = [
    [0, 'failed', 500],
    [1, 'failed'],
  ];
  const record: FaultRecord = { ...what, load, client, fromMs: 1, toMs: 2, requests, failures, ...used };
  const file = newFile();
  appendRecord(file, record);
  expect(await readAll(file)).toEqual([record]);
});

it('is a gzip file of lines that other programs read', () => {
  const file = newFile();
  for (const record of [NOTE, windowOf([[5, 1, 10, 2]])]) appendRecord(file, record);
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).kind)).toEqual(['note', 'window']);
});

it.each([1, 9, 20])('keeps every record before one that was cut off by %i bytes', async (bytes) => {
  const file = newFile();
  for (let i = 0; i < 3; i++) appendRecord(file, { ...NOTE, text: String(i) });
  const whole = readFileSync(file).length;
  appendRecord(file, windowOf([[1, 1, 1, 1]]));
  truncateSync(file, Math.max(whole + 1, readFileSync(file).length - bytes * 10));
  const texts = (await readAll(file)).map((record) => (record.kind === 'note' ? record.text : record.kind));
  expect(texts).toEqual(['0', '1', '2']);
});

it('says in which line something else stands', async () => {
  const file = newFile();
  appendRecord(file, NOTE);
  appendFileSync(file, gzipSync('{"kind":"nothing"}\n'));
  await expect(readAll(file)).rejects.toThrow(`${file}, line 2: expected a record of a run, got: `);
  const other = newFile();
  appendFileSync(other, gzipSync('not json\n'));
  await expect(readAll(other)).rejects.toThrow(`${other}, line 1: expected a record of a run, got: `);
});

it.runIf(process.platform === 'linux')('says that the disk is full', () => {
  expect(() => appendRecord('/dev/full', NOTE)).toThrow(/^\/dev\/full: expected to append a record, got: ENOSPC/);
});
