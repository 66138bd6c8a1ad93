import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { answerOf } from '../../bench/advice/answer.ts';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { Metric } from '../../bench/analysis/metrics.ts';
import type { ComparisonResult, Results } from '../../bench/analysis/results.ts';
import { blocksText } from '../../bench/report/terminal.ts';
import type { Verdict } from '../../bench/stats/compare.ts';
import { ROOT } from '../../models/build/workers.ts';
import { type SyntheticRunOptions, syntheticRun } from '../support/run-records.ts';

const read = (name: string): Results => JSON.parse(readFileSync(join(ROOT, 'bench/reference', name), 'utf8'));

const [MAX_LINES, MAX_COLUMNS] = [20, 80];

function linesOf(results: Results): string[] {
  return blocksText(answerOf(results), MAX_COLUMNS).split('\n');
}

function sentenceOf(results: Results): string {
  const [first] = answerOf(results);
  return first?.kind === 'answer' ? first.text : '';
}

function rowsOf(results: Results): readonly (readonly string[])[] {
  return answerOf(results).flatMap((block) => (block.kind === 'table' ? block.rows : []));
}

function restOf(results: Results): string {
  const rest = answerOf(results).filter(({ kind }) => kind !== 'answer' && kind !== 'table');
  return blocksText(rest).replaceAll(/\s+/g, ' ');
}

/** A synthetic run of a few starts, whose quick cousin of standard has neither open loops nor cold starts. */
function run(options: SyntheticRunOptions): Promise<Results> {
  return makeResults(syntheticRun({ starts: 4, rounds: 3, experiments: ['single-stream', 'sweep'], ...options }));
}

let usual: Results;
beforeAll(async () => {
  usual = await run({ arms: ['null', 'floor', 'combined', 'pair-rpc'] });
});

/** The run with the verdicts of the four questions in their order, each with a ratio that fits it. */
function judged(verdicts: readonly Verdict[], change: Partial<ComparisonResult> = {}): Results {
  const metrics: Metric[] = ['latencyP50Ms', 'rps', 'cpuMsPerRequest', 'memoryMiB'];
  const comparisons = usual.comparisons.map((one) => {
    const verdict = verdicts[metrics.indexOf(one.metric)] ?? 'inconclusive';
    const isMore = (verdict === 'faster') === (one.metric === 'rps');
    const apart = isMore ? { estimate: 1.5, ci95: [1.4, 1.6] as const } : { estimate: 0.5, ci95: [0.4, 0.6] as const };
    const ratio = verdict === 'inconclusive' ? { estimate: 0.95, ci95: [0.8, 1.1] as const } : apart;
    const [low, high] = isMore ? [0.1, 0.3] : [-0.3, -0.1];
    const delta = { estimate: (low + high) / 2, ci95: [low, high] as const };
    return { ...one, verdict, ratio, delta, minimumDetectableRatio: 1.12, ...change };
  });
  return { ...usual, comparisons };
}

function renamed(results: Results, a: string, b: string): Results {
  const text = JSON.stringify(results).replaceAll('"combined"', JSON.stringify(a));
  return JSON.parse(text.replaceAll('"pair-rpc"', JSON.stringify(b)));
}

describe('the sentence', () => {
  it('names one Worker where two are slower, and says by how much and how sure', () => {
    expect(sentenceOf(usual)).toMatch(
      /^Deploy one Worker: two take 0\.\d+ ms more a request at the median \(95% interval 0\.\d+ to 0\.\d+\) and 2\d% more CPU; 4 of 4 questions are settled\.$/,
    );
  });

  it.each<[string, Verdict[], RegExp]>([
    [
      'two where they win',
      ['faster', 'faster', 'faster', 'equivalent'],
      /^Deploy two Workers: two take 0\.200 ms less a request at the median \(95% interval 0\.100 to 0\.300\) and 50% less CPU; 4 of 4/,
    ],
    [
      'one where all is the same',
      ['equivalent', 'equivalent', 'equivalent', 'equivalent'],
      /^Deploy one Worker: two Workers measured the same, and one Worker is less to deploy; 4 of 4/,
    ],
    [
      'neither where it depends',
      ['slower', 'faster', 'inconclusive', 'slower'],
      /^It depends: two Workers take 0\.200 ms more .*, but serve 50% more requests a second; one Worker is less to deploy; 3 of 4/,
    ],
    [
      'neither where nothing is shown',
      ['inconclusive', 'inconclusive', 'equivalent', 'invalid'],
      /^The data do not say which: no difference was shown; one Worker is less to deploy; 1 of 4 questions is settled\.$/,
    ],
    [
      'neither where nothing can be used',
      ['invalid', 'invalid', 'invalid', 'invalid'],
      /^No answer: no figure of two Workers against one Worker can be used\.$/,
    ],
    [
      'what is settled alone',
      ['inconclusive', 'inconclusive', 'inconclusive', 'slower'],
      /^Deploy one Worker: two take 50% more memory; 1 of 4 questions is settled\.$/,
    ],
  ])('names %s', (_, verdicts, text) => {
    expect(sentenceOf(judged(verdicts))).toMatch(text);
  });

  it('tells the ratio where the interval in milliseconds does not claim what the verdict does', () => {
    const results = judged(['slower'], { delta: { estimate: 0.2, ci95: [-0.01, 0.4] } });
    expect(sentenceOf(results)).toMatch(/two take 50% more time a request at the median \(95% interval 40 to 60%\)/);
  });

  it('says that a run is incomplete, and shows what there is', () => {
    const results = { ...usual, incomplete: 'the run was cut off' };
    expect(sentenceOf(results)).toBe('No answer: the run is incomplete (the run was cut off).');
    expect(rowsOf(results)).toEqual(rowsOf(usual));
    expect(answerOf(results).some(({ kind }) => kind === 'list')).toBe(false);
  });

  it('names other arms as they are', async () => {
    const results = await run({ arms: ['null', 'combined', 'pair-fetch'] });
    expect(sentenceOf(results)).toMatch(/^Deploy combined: pair-fetch takes 0\.\d+ ms more/);
    expect(linesOf(results).join('\n')).toMatch(/question +combined +pair-fetch +difference/);
  });

  it('names targets as they are, and says nothing of what is less to deploy', () => {
    const results = renamed(judged(['equivalent', 'equivalent', 'equivalent', 'equivalent']), 'mine', 'theirs');
    expect(sentenceOf(results)).toBe('Deploy either: mine and theirs measured the same; 4 of 4 questions are settled.');
    expect(answerOf(results).some(({ kind }) => kind === 'list')).toBe(false);
  });

  it.each([
    [['null', 'floor', 'combined'], 'No answer: combined was measured alone, so there is nothing to compare.'],
    [['null', 'floor'], 'No answer: no deployment was measured, so there is nothing to compare.'],
  ])('has no answer from %j', async (arms, text) => {
    const results = await run({ arms });
    expect(sentenceOf(results)).toBe(text);
    expect(rowsOf(results)[0]?.[1]).toMatch(/^[01]\.\d+$/);
  });

  it('has no answer where nothing of it was measured', () => {
    const nothing = { ...usual, measurements: [], comparisons: [] };
    expect(sentenceOf(nothing)).toBe('No answer: no deployment was measured, so there is nothing to compare.');
  });
});

describe('the table', () => {
  it('has a row for each question, in words', () => {
    const rows = rowsOf(usual);
    expect(rows.map(([question]) => question)).toEqual(['latency, ms', 'requests/s', 'CPU, ms', 'memory, MiB']);
    expect(rows.map((row) => row.at(-1)?.replace(' *', ''))).toEqual(['slower', 'lower', 'more', 'more']);
    expect(rows[2]?.[3]).toMatch(/^\+2\d%$/);
    expect(rows[2]?.[4]).toMatch(/^2\d to 2\d%$/);
  });

  it('says what an open question would have shown, and what is the same or of no use', () => {
    const words = rowsOf(judged(['inconclusive', 'equivalent', 'invalid', 'faster'])).map((row) => row.at(-1));
    expect(words).toEqual(['open: sees 12% or more', 'the same', 'invalid', 'less']);
    const apart = { ratio: { estimate: 1.04, ci95: [1.01, 1.07] as const }, adjustedPValue: 0.0738 };
    expect(rowsOf(judged(['inconclusive'], apart))[0]?.at(-1)).toBe('open: corrected p 0.07');
  });

  it('tells two names apart that begin alike', () => {
    const results = judged(['inconclusive', 'slower', 'slower', 'slower']);
    const of = (a: string, b: string) =>
      answerOf(renamed(results, a, b)).flatMap((block) => (block.kind === 'table' ? block.head.slice(1, 3) : []));
    expect(of('combined', 'combined#2')).toEqual(['com~ned', 'com~d#2']);
    expect(of('mine', 'theirs-once-more')).toEqual(['mine', 'the~ore']);
  });

  it('says what was not measured', async () => {
    const results = await run({ arms: ['null', 'combined', 'pair-rpc'], experiments: ['single-stream'] });
    const words = rowsOf(results).map((row) => row.at(-1)?.replace(' *', ''));
    expect(words).toEqual(['slower', 'not measured', 'not measured', 'more']);
    expect(sentenceOf(results)).toMatch(/2 of 4 questions are settled\.$/);
  });
});

describe('what follows', () => {
  it('is what would change the answer, from the advice', async () => {
    const two = /Two Workers instead: .*teams that release on their own from 2; Workers that use this model from 2/;
    expect(restOf(usual)).toMatch(two);
    expect(restOf(usual)).toMatch(/^For 10 requests\/s of one team, p99 under load not shown\. (?!.*objective)/);
    const loaded = await run({ arms: ['combined', 'pair-rpc'], experiments: ['single-stream', 'offered-load'] });
    const neither = /^For 10 requests\/s of one team, p99 within 50 ms\. .*Neither instead: .*objective/;
    expect(restOf(loaded)).toMatch(neither);
  });

  it('is what the advice says where that is something else', () => {
    const unknown = /At 10 requests\/s, with p99 within 50 ms: uncertain \(what decides: objective\)/;
    const { measurements, ...standard } = read('standard.json');
    const wide = measurements.map((one) => (one.metric === 'latencyP99Ms' ? { ...one, ci95: [1, 80] as const } : one));
    expect(restOf({ ...standard, measurements: wide })).toMatch(unknown);
    const waiting = /At 10 requests\/s, with p99 within 50 ms: one Worker \(what decides: waiting\)/;
    expect(restOf(judged(['equivalent', 'faster'], { delta: { estimate: 0.2, ci95: [0.1, 0.3] } }))).toMatch(waiting);
  });

  it('is why something is invalid, how noisy the machine was, and by which clients', () => {
    const results = { ...judged(['slower', 'invalid'], { reason: 'spoiled', clientLimited: true }), noise: 3.04 };
    const noisy = /Invalid: spoiled\. Noisy machine: intervals are 3\.0 times what a quiet one gives\./;
    expect(restOf(results)).toMatch(noisy);
    const clients = /\* The client used more CPU .* client fetch; .* client undici; memory: above an empty Worker\.$/;
    expect(restOf(results)).toMatch(clients);
    expect(restOf({ ...results, noise: 1.4 })).not.toMatch(/Noisy/);
    expect(restOf({ ...results, noise: null })).not.toMatch(/Noisy/);
  });
});

it.each(['standard.json', 'peers.json'])('fits a terminal for %s', (name) => {
  const lines = linesOf(read(name));
  expect(lines.length).toBeLessThanOrEqual(MAX_LINES);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(MAX_COLUMNS);
});

it('fits a terminal and claims what verdicts claim, whatever the results', () => {
  const ESTIMATES = fc.double({ min: 0.001, max: 1e4, noNaN: true });
  const NAMES = fc.string({ unit: fc.constantFrom(...'abcXYZ-09.'), minLength: 1, maxLength: 60 });
  const QUESTION = fc.record({
    verdict: fc.constantFrom<Verdict>('faster', 'slower', 'equivalent', 'inconclusive', 'invalid'),
    factor: ESTIMATES,
    width: fc.double({ min: 1, max: 50, noNaN: true }),
    clientLimited: fc.boolean(),
    minimumDetectableRatio: fc.option(fc.double({ min: 1, max: 100, noNaN: true })),
    reason: fc.string({ unit: fc.constantFrom(...'abc def'), maxLength: 300 }),
  });
  const RESULTS = fc.record({
    isNamed: fc.boolean(),
    names: fc.uniqueArray(NAMES, { minLength: 2, maxLength: 2 }),
    questions: fc.array(QUESTION, { minLength: 4, maxLength: 4 }),
    incomplete: fc.option(fc.string({ unit: fc.constantFrom(...'abc def'), maxLength: 300 }), { freq: 9 }),
    noise: fc.option(fc.double({ min: 1, max: 40, noNaN: true })),
  });
  type Drawn = typeof RESULTS extends fc.Arbitrary<infer T> ? T : never;
  const check = ({ isNamed, names: [a = '', b = ''], questions, incomplete, noise }: Drawn) => {
    let i = 0;
    const comparisons = usual.comparisons.map((one) => {
      const { factor, width, ...question } = questions[i++ % questions.length] ?? { factor: 1, width: 1 };
      const ratio = { estimate: factor, ci95: [factor / width, factor * width] as const };
      return { ...one, ...question, ratio };
    });
    const changed = { ...usual, comparisons, incomplete, noise };
    const results = isNamed ? renamed(changed, a, b) : changed;
    const lines = linesOf(results);
    expect(lines.length).toBeLessThanOrEqual(MAX_LINES);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(MAX_COLUMNS);
    expect(lines.join('\n')).not.toMatch(/NaN|undefined|Infinity|null/);
  };
  fc.assert(fc.property(RESULTS, check), { numRuns: 60, seed: 5 });
});
