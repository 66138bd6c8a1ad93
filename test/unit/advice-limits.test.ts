import { beforeAll, describe, expect, it } from 'vitest';
import { adviceBlocks, claimsOf } from '../../bench/advice/advice.ts';
import { decide, outlookOf } from '../../bench/advice/decide.ts';
import { type AdviceFacts, adviceFacts } from '../../bench/advice/facts.ts';
import { DEFAULT_SITUATION, FIELDS, type Situation } from '../../bench/advice/situation.ts';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { readAdviceOptions } from '../../bench/commands/advise.ts';
import { PROFILES } from '../../bench/experiments/plan.ts';
import { UsageError } from '../../models/build/command-line.ts';
import { syntheticRun } from '../support/run-records.ts';

let facts: AdviceFacts;
/** A run of the profile quick: no open loop, cold starts or footprints. */
let quick: AdviceFacts;
beforeAll(async () => {
  facts = adviceFacts(await makeResults(syntheticRun()));
  const { environment, records } = syntheticRun({
    starts: 5,
    rounds: 3,
    arms: ['null', 'floor', 'combined', 'pair-rpc'],
  });
  const isQuick = (experiment: string) => experiment === 'single-stream' || experiment === 'sweep';
  quick = adviceFacts(
    await makeResults({
      environment: { ...environment, profile: PROFILES.quick },
      records: records.filter((one) =>
        one.kind === 'window' ? isQuick(one.experiment) : /^(start|end)$/.test(one.kind),
      ),
    }),
  );
});

function at(change: Partial<Situation>): Situation {
  return { ...DEFAULT_SITUATION, ...change };
}

describe('the answer of a quick run', () => {
  it('allows for start-ups up to the limit of the platform', () => {
    expect(decide(quick, at({ ratePerS: 10 })).answer).toBe('one');
    // 6 releases x 20 isolates x 1,000 ms against some 0.29 ms a request: 0.7 requests a second.
    expect(decide(quick, at({ ratePerS: 0.5 })).answer).toBe('open');
  });
});

describe('what the data do not support', () => {
  const unsupported = (of: AdviceFacts, change: Partial<Situation>) =>
    claimsOf(outlookOf(of, at(change)), decide(of, at(change)).ground)
      .flatMap(([sure, text]) => (sure === 'not supported by the data' ? text : []))
      .join('\n');

  it('always includes Cloudflare itself', () => {
    expect(unsupported(facts, {})).toMatch(/^Anything of Cloudflare itself: figures are from loopback/);
  });

  it.each([
    ['a model other than the measured one', { modelMs: 20 }, /^A model of 20 ms, other than the measured one/m],
    ['a rate above that of one process', { peakPerS: 5000 }, /^One process served 1,3.*; 5,000 were not measured/m],
    ['an objective inside an interval', { sloMs: 1.78 }, /^Within 1\.78 ms: at p99 one Worker takes/],
  ])('includes %s', (_, change, text) => {
    expect(unsupported(facts, change)).toMatch(text);
  });

  it('includes what a quick run leaves out', () => {
    const text = unsupported(quick, {});
    expect(text).toMatch(/^Within 50 ms: .* under one connection, which never queues\.$/m);
    expect(text).toMatch(/no highest rate of both was searched/);
    expect(text).toMatch(/no start-up was measured/);
    expect(text).toMatch(/no memory by isolate was measured/);
  });

  it('includes the answer of an incomplete run and of one without a hop', () => {
    expect(adviceBlocks({ ...facts, unusable: 'cut off' }, DEFAULT_SITUATION)).toEqual([
      { kind: 'answer', text: 'The data do not say which: the run is incomplete (cut off).' },
    ]);
    expect(unsupported({ ...facts, hopMs: null, whyNoHop: 'spoiled' }, {})).toMatch(/^The hop, .*: spoiled\./m);
  });
});

describe('the command line', () => {
  it('is the default situation where nothing is given', () => {
    expect(readAdviceOptions([])).toEqual({ run: undefined, situation: DEFAULT_SITUATION });
  });

  it('has an option for every field, and a run', () => {
    const values = FIELDS.flatMap(({ option }) => [`--${option}`, '2']);
    const { run, situation } = readAdviceOptions(['some/run', ...values]);
    expect(run).toBe('some/run');
    expect(Object.values(situation)).toEqual(FIELDS.map(() => 2));
  });

  it.each([
    [['--rate', 'many'], '--rate: expected a number from 0 to 1000000, got "many"'],
    [['--rate', ''], '--rate: expected a number from 0 to 1000000, got ""'],
    [['--teams', '1.5'], '--teams: expected a whole number from 1 to 100, got "1.5"'],
    [['--cheap-share=101'], '--cheap-share: expected a number from 0 to 100, got "101"'],
    [['one', 'two'], 'advise: expected [RUN], got "one" "two"; see npm run bench -- advise --help'],
  ])('refuses %j', (args, message) => {
    expect(() => readAdviceOptions(args)).toThrow(new UsageError(message));
  });

  it('refuses an option that is not there', () => {
    expect(() => readAdviceOptions(['--price', '1'])).toThrow(UsageError);
  });
});
