import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { RunRecord } from '../../bench/run/records.ts';
import { appendRecord, readRecords } from '../../bench/run/run-folder.ts';
import { type SyntheticRun, syntheticRun } from '../support/run-records.ts';
import { changeWindows, failing, without } from '../support/synthetic-faults.ts';
import { comparisonOf, measurementOf, singleStream } from '../support/synthetic-results.ts';

const run = syntheticRun({ starts: 4, rounds: 2, arms: ['null', 'combined', 'pair-rpc'] });

/** The run up to the first record that is meant, and without it. */
function upTo({ environment, records }: SyntheticRun, isMeant: (record: RunRecord) => boolean): SyntheticRun {
  return { environment, records: records.slice(0, records.findIndex(isMeant)) };
}

const inStart = (start: number, subject: string) => (record: RunRecord) =>
  record.kind === 'window' && record.start === start && record.subject === subject && record.experiment === 'payloads';

describe('a run that was cut off', () => {
  it('is marked, and gives the results of the starts that came to their end', async () => {
    const results = await makeResults(upTo(run, inStart(4, 'pair-rpc')));
    expect(results).toMatchObject({ incomplete: 'the run was cut off', own: null, coldStart: null });
    const p50 = comparisonOf(results, 'pair-rpc', 'latencyP50Ms', singleStream);
    expect(p50).toMatchObject({ units: 3, verdict: 'slower', reason: null });
    const whole = await makeResults(run);
    expect(measurementOf(results, 'pair-rpc', 'latencyP50Ms', singleStream).starts.slice(0, 3)).toEqual(
      measurementOf(whole, 'pair-rpc', 'latencyP50Ms', singleStream).starts.slice(0, 3),
    );
  });

  it('in its first start compares nothing: whether that one had come to rest is not known', async () => {
    const results = await makeResults(upTo(run, inStart(1, 'pair-rpc')));
    expect(comparisonOf(results, 'pair-rpc', 'latencyP50Ms', singleStream)).toMatchObject({
      verdict: 'invalid',
      reason: 'pair-rpc: no start came to its end',
    });
    expect(results.percentiles.length).toBeGreaterThan(0);
  });

  it('before anything was measured has results as well', async () => {
    const results = await makeResults({ ...run, records: [] });
    expect(results).toMatchObject({
      incomplete: 'the run was cut off',
      baseline: 'combined',
      measurements: [],
      comparisons: [],
      laws: [],
      maxRates: [],
      breakEven: [],
      coldStart: null,
    });
    expect(results.subjects.map(({ name, requests }) => [name, requests])).toEqual([
      ['null', 0],
      ['combined', 0],
      ['pair-rpc', 0],
    ]);
  });

  it('says why when it ended by itself', async () => {
    const end = { kind: 'end', failed: 'pair-rpc: no answer', elapsedMs: 5, peakMiB: null } as const;
    const results = await makeResults({ ...run, records: [...upTo(run, inStart(3, 'combined')).records, end] });
    expect(results).toMatchObject({ incomplete: 'pair-rpc: no answer', own: { elapsedMs: 5, peakMiB: null } });
  });
});

describe('the records on disk', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-analysis-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const write = (name: string) => {
    const file = join(folder, name);
    for (const record of run.records) appendRecord(file, record);
    return file;
  };

  it('give the results that those in memory do, the same each time', async () => {
    const file = write('whole.gz');
    const { environment } = run;
    const once = await makeResults({ environment, records: readRecords(file) });
    expect(once).toEqual(await makeResults(run));
    expect(await makeResults({ environment, records: readRecords(file) })).toEqual(once);
    expect(JSON.parse(JSON.stringify(once))).toEqual(once);
  });

  it('give those of what is there when they end in the middle of a record', async () => {
    const file = write('cut.gz');
    truncateSync(file, Math.floor(readFileSync(file).length * 0.7));
    const results = await makeResults({ environment: run.environment, records: readRecords(file) });
    expect(results.incomplete).toBe('the run was cut off');
    const { units, verdict } = comparisonOf(results, 'pair-rpc', 'latencyP50Ms', singleStream);
    expect([units, verdict]).toEqual([2, 'slower']);
  });
});

describe('no figure', () => {
  it('is one that JSON cannot hold, whatever failed', async () => {
    const none = { intendedUs: [], sentUs: [], firstByteUs: [], lastByteUs: [] };
    const bad: SyntheticRun[] = [
      changeWindows(run, () => true, failing(60)),
      changeWindows(run, () => true, failing(10_000)),
      changeWindows(
        run,
        ({ load }) => load.kind === 'open',
        (window) => ({ ...window, requests: none }),
      ),
      changeWindows(
        run,
        () => true,
        (window) => ({ ...window, serverCpuMs: { workerd: 0 } }),
      ),
      without(run, ({ kind }) => kind === 'start'),
    ];
    for (const one of bad) {
      const results = await makeResults(one);
      expect(JSON.parse(JSON.stringify(results))).toEqual(results);
    }
  });
});

describe('a note', () => {
  const note = (subject: string | null, text: string): RunRecord => ({ kind: 'note', subject, text });

  it('stands with the subject it is about, with the run, or under its name when that was not measured', async () => {
    const notes = [note('combined', 'closes connections'), note(null, 'a busy machine'), note('node', 'skipped')];
    const { subjects, notes: told } = await makeResults({ ...run, records: [...notes, ...run.records] });
    expect(told).toEqual(['a busy machine', 'node: skipped']);
    expect(subjects.map(({ remarks }) => remarks)).toEqual([[], ['closes connections'], []]);
  });

  it('is one of five at most for a subject, and says how many more there are', async () => {
    const notes = Array.from({ length: 8 }, (_, i) => note('combined', `window ${i}`));
    const { subjects } = await makeResults({ ...run, records: [...run.records, ...notes] });
    expect(subjects[1]?.remarks).toHaveLength(6);
    expect(subjects[1]?.remarks.at(-1)).toBe('3 more remarks are in the records of the run');
  });
});

describe('the baseline', () => {
  it.each([
    [['null', 'combined', 'pair-rpc'], 'combined'],
    [['null', 'floor', 'pair-rpc', 'pair-fetch'], 'pair-rpc'],
    [['null', 'floor'], 'null'],
  ])('of %j is %s', async (arms, baseline) => {
    const results = await makeResults(syntheticRun({ starts: 1, rounds: 1, arms, experiments: ['single-stream'] }));
    expect(results.baseline).toBe(baseline);
  });

  it('of a reference against itself is the first of the two: the second is a reference as well', async () => {
    const subjects = ['floor', 'floor#2'].map((name) => ({ name, kind: 'arm' as const }));
    const results = await makeResults({ environment: { ...run.environment, subjects }, records: [] });
    expect(results.baseline).toBe('floor');
  });
});
