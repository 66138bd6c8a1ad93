import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { Results } from '../../bench/analysis/results.ts';
import { type SyntheticRun, syntheticRun } from '../support/run-records.ts';
import { changeStarts, changeWindows, failing, late, shortened, without } from '../support/synthetic-faults.ts';
import { comparisonOf, measurementOf, offered, singleStream } from '../support/synthetic-results.ts';

const run = syntheticRun({
  starts: 10,
  rounds: 2,
  arms: ['null', 'combined', 'pair-rpc'],
  experiments: ['single-stream', 'offered-load'],
});

const ofPair = ({ subject }: { subject: string }) => subject === 'pair-rpc';

const p50 = (results: Results) => comparisonOf(results, 'pair-rpc', 'latencyP50Ms', singleStream);

describe('a comparison is invalid, and says why, after', () => {
  it('a wrong answer, whatever it was about', async () => {
    const wrong = changeWindows(run, (window) => ofPair(window) && window.share === 0.5, failing(1, 'wrong'));
    const results = await makeResults(wrong);
    const reason = 'pair-rpc: 10 of 6000 answers were wrong';
    expect(p50(results)).toMatchObject({ verdict: 'invalid', reason, adjustedPValue: null });
    expect(comparisonOf(results, 'pair-rpc', 'memoryMiB')).toMatchObject({ verdict: 'invalid', reason });
    expect(results.subjects.find(ofNamed('pair-rpc'))).toMatchObject({ requests: 6000, failures: 10 });
  });

  it('a generator that spoiled more than a tenth of the windows', async () => {
    const spoiled = changeWindows(run, (one) => ofPair(one) && one.share === 0.1 && one.start <= 2, late);
    const results = await makeResults(spoiled);
    expect(comparisonOf(results, 'pair-rpc', 'latencyP50Ms', offered(0.1))).toMatchObject({
      verdict: 'invalid',
      reason: expect.stringMatching(
        /^pair-rpc: the generator spoiled 2 of 10 windows: the generator sent 1% of requests 5\.\d+ ms late or more/,
      ),
    });
    expect(p50(results).verdict).toBe('slower');
  });

  it('a baseline that may not be used', async () => {
    const wrong = changeWindows(run, (one) => one.subject === 'combined' && one.start === 1, failing(1, 'wrong'));
    const results = await makeResults(wrong);
    const reason = expect.stringMatching(/^combined: \d of 6000 answers were wrong$/);
    for (const b of ['null', 'pair-rpc']) {
      expect(comparisonOf(results, b, 'latencyP50Ms', singleStream)).toMatchObject({ verdict: 'invalid', reason });
    }
  });

  it('one start alone', async () => {
    const results = await makeResults(syntheticRun({ starts: 1, rounds: 8, experiments: ['single-stream'] }));
    expect(p50(results)).toMatchObject({
      verdict: 'invalid',
      reason: 'too few starts: both were measured in 1, expected 2 or more',
      ratio: null,
      delta: null,
    });
  });

  it('a subject that was asked for and not measured', async () => {
    const results = await makeResults(without(run, (record) => 'subject' in record && record.subject === 'pair-rpc'));
    expect(p50(results)).toMatchObject({ verdict: 'invalid', reason: 'pair-rpc: not measured', units: 0 });
    expect(results.subjects.find(ofNamed('pair-rpc'))).toMatchObject({ requests: 0, failureShareCi95: [0, 1] });
  });

  it('windows so short that a percentile is their longest request', async () => {
    const cut = changeWindows(run, (window) => ofPair(window) && singleStream(window), shortened(60));
    const results = await makeResults(cut);
    expect(comparisonOf(results, 'pair-rpc', 'latencyP99Ms', singleStream)).toMatchObject({
      verdict: 'invalid',
      reason: 'pair-rpc: too few requests: 60 in a window, expected 100 or more for this percentile',
    });
    expect(comparisonOf(results, 'pair-rpc', 'latencyP90Ms', singleStream).verdict).toBe('slower');
  });
});

describe('a request that failed', () => {
  // 3 of 120 are 2.5%: the 99th percentile is one of them, the 90th is not.
  const inOneWindow = changeWindows(
    run,
    (window) => ofPair(window) && singleStream(window) && window.start === 4 && window.round === 2,
    failing(3),
  );

  it('stays in the percentiles as one that never ends: one that reaches it is censored', async () => {
    const results = await makeResults(inOneWindow);
    const invalid = 'censored: 3 of 2400 requests failed';
    expect(comparisonOf(results, 'pair-rpc', 'latencyP99Ms', singleStream)).toMatchObject({
      verdict: 'invalid',
      reason: `pair-rpc: ${invalid}`,
      ratio: null,
    });
    const p99 = measurementOf(results, 'pair-rpc', 'latencyP99Ms', singleStream);
    expect(p99).toMatchObject({ estimate: null, ci95: null, invalid });
    expect(p99.starts.map((value) => value === null)).toEqual(Array.from({ length: 10 }, (_, i) => i === 3));
  });

  it('reaches the 99th percentile of 120 with the second of its kind, not with the first', async () => {
    for (const [count, verdict] of [
      [1, 'slower'],
      [2, 'invalid'],
    ] as const) {
      const failed = changeWindows(run, (window) => ofPair(window) && singleStream(window), failing(count));
      const results = await makeResults(failed);
      expect(comparisonOf(results, 'pair-rpc', 'latencyP99Ms', singleStream).verdict).toBe(verdict);
    }
  });

  it('leaves the others as they are, and is counted', async () => {
    const results = await makeResults(inOneWindow);
    expect(comparisonOf(results, 'pair-rpc', 'latencyP90Ms', singleStream).verdict).toBe('slower');
    const subject = results.subjects.find(ofNamed('pair-rpc'));
    expect(subject).toMatchObject({ requests: 6000, failures: 3 });
    // scipy.stats.binomtest(3, 6000).proportion_ci(method='wilson')
    expect(subject?.failureShareCi95[0]).toBeCloseTo(0.00017005, 7);
    expect(subject?.failureShareCi95[1]).toBeCloseTo(0.0014692, 6);
  });

  it('is paid for by those that were answered: rate and CPU are of right answers', async () => {
    const half = changeWindows(run, (window) => ofPair(window) && singleStream(window), failing(60));
    const [before, after] = [await makeResults(run), await makeResults(half)].map((results) => ({
      rps: measurementOf(results, 'pair-rpc', 'rps', singleStream).estimate ?? Number.NaN,
      cpu: measurementOf(results, 'pair-rpc', 'cpuMsPerRequest', singleStream).estimate ?? Number.NaN,
    }));
    expect((after?.rps ?? 0) / (before?.rps ?? 0)).toBeCloseTo(0.5, 9);
    expect((after?.cpu ?? 0) / (before?.cpu ?? 0)).toBeCloseTo(2, 9);
  });
});

describe('a start whose warm-up did not come to rest', () => {
  const unsettle = (whole: SyntheticRun, subject: string, ...starts: number[]) =>
    changeStarts(whole, (one) => one.subject === subject && starts.includes(one.start), { stable: false });

  it('counts, and the value says so', async () => {
    const results = await makeResults(unsettle(run, 'pair-rpc', 2, 5));
    expect(p50(results)).toMatchObject({ verdict: 'slower', reason: null, units: 10, unsettled: 2 });
    expect(measurementOf(results, 'pair-rpc', 'latencyP50Ms', singleStream)).toMatchObject({ unsettled: 2 });
    expect(measurementOf(results, 'pair-rpc', 'latencyP50Ms', singleStream).starts).not.toContain(null);
    expect(measurementOf(results, 'combined', 'latencyP50Ms', singleStream).unsettled).toBeUndefined();
    // Memory is read before the warm-up.
    expect(comparisonOf(results, 'pair-rpc', 'memoryMiB').unsettled).toBeUndefined();
    expect(results.subjects.find(ofNamed('pair-rpc'))?.unstableStarts).toBe(2);
  });

  it('changes no value of a run, however many there are', async () => {
    const all = await makeResults(unsettle(run, 'pair-rpc', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
    expect(p50(all)).toEqual({ ...p50(await makeResults(run)), unsettled: 10 });
  });

  it('of either side marks the pair, once', async () => {
    const results = await makeResults(unsettle(unsettle(run, 'pair-rpc', 3, 5), 'combined', 1, 5));
    expect(p50(results)).toMatchObject({ units: 10, unsettled: 3 });
    expect(measurementOf(results, 'combined', 'latencyP50Ms', singleStream)).toMatchObject({ unsettled: 2 });
  });
});

describe('what is left out', () => {
  it('is a window that the generator spoiled each time, where there is one in ten', async () => {
    const spoiled = changeWindows(run, (one) => ofPair(one) && one.share === 0.1 && one.start === 6, late);
    const results = await makeResults(spoiled);
    const comparison = comparisonOf(results, 'pair-rpc', 'latencyP50Ms', offered(0.1));
    expect(comparison).toMatchObject({ verdict: 'slower', units: 9 });
  });

  it('is a window that the generator spoiled, once it was measured again', async () => {
    const isMeant = (window: { subject: string; share?: number | undefined }) => ofPair(window) && window.share === 0.1;
    const twice: SyntheticRun = {
      ...run,
      records: run.records.flatMap((record) =>
        record.kind === 'window' && isMeant(record) ? [late(record), record] : [record],
      ),
    };
    const [before, after] = [await makeResults(run), await makeResults(twice)];
    expect(after.comparisons).toEqual(before.comparisons);
    expect(after.measurements).toEqual(before.measurements);
    expect(after.percentiles).toEqual(before.percentiles);
    expect(after.subjects.find(ofNamed('pair-rpc'))?.repeatedWindows).toBe(10);
  });

  it('is not a window without fault when it is there a second time', async () => {
    const { records } = changeWindows(run, ofPair, late);
    const doubled = { ...run, records: [...run.records.slice(0, -1), ...records] };
    expect((await makeResults(doubled)).comparisons).toEqual((await makeResults(run)).comparisons);
  });
});

function ofNamed(name: string): (subject: { name: string }) => boolean {
  return (subject) => subject.name === name;
}
