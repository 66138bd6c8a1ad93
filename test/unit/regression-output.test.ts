import { describe, expect, it } from 'vitest';
import type { Results } from '../../bench/analysis/results.ts';
import { comparisonBlocks } from '../../bench/regression/blocks.ts';
import { compareRuns, type RunComparison } from '../../bench/regression/compare-runs.ts';
import { blocksText, NARROW } from '../../bench/report/terminal.ts';
import { slowed, withEnvironment, withInvalid } from '../support/changed-results.ts';
import { full, newer, older } from '../support/two-runs.ts';

describe('the output', () => {
  const withoutRate = () => withInvalid(newer, ({ metric }) => metric === 'rps');
  const COMPARISONS: [string, () => RunComparison][] = [
    ['a regression', () => compareRuns(older, slowed(newer, 1.3, 'pair-rpc'))],
    ['another machine under it', () => compareRuns(older, slowed(slowed(newer, 1.3), 1.3))],
    ['nothing', () => compareRuns(older, newer)],
    ['invalid figures', () => compareRuns(older, withoutRate())],
    ['what is not comparable', () => compareRuns(older, withEnvironment(newer, { cpu: 'x '.repeat(400), cores: 3 }))],
    ['more arms than fit', () => compareRuns(manyArms(older), manyArms(newer))],
  ];

  /** The arm combined five times, under names that are too long. */
  function manyArms(results: Results): Results {
    const more = [1, 2, 3, 4, 5].flatMap((i) =>
      results.measurements
        .filter(({ subject }) => subject === 'combined')
        .map((one) => ({ ...one, subject: `combined-with-a-long-name-${i}` })),
    );
    return { ...results, measurements: [...results.measurements, ...more] };
  }

  it.each(COMPARISONS)('of %s takes at most 24 lines of 80 columns, and 100 columns in full', (_, compare) => {
    const lines = blocksText(comparisonBlocks(compare(), true), NARROW).split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(
      Math.max(
        ...full(compare())
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100);
  });

  function answer(comparison: RunComparison): string {
    const last = comparisonBlocks(comparison, true).at(-1);
    return last?.kind === 'answer' ? last.text : '';
  }

  it('ends in a sentence: what is worse and by how much, or what would have been seen', () => {
    expect(answer(compareRuns(older, slowed(newer, 1.2, 'pair-rpc')))).toMatch(
      /^REGRESSION: worse in pair-rpc latency @1 by \+\d+\.\d% \(.*%\), pair-rpc requests\/s @8 by -.*, 1 more\.$/,
    );
    expect(answer(compareRuns(older, newer))).toMatch(
      /^NO REGRESSION in 8 figures: a slow-down or growth of \d+% or more in any of them would have been seen/,
    );
    expect(answer(compareRuns(older, withoutRate()))).toMatch(
      /^INVALID: 2 of 8 .*\(combined, requests\/s @8: newer run: spoiled\)/,
    );
    expect(answer(compareRuns(older, { ...newer, incomplete: 'cut off' }))).toMatch(/^NOT COMPARABLE/);
  });

  it('tells of each figure from where on a change for the worse would have been seen', () => {
    const { lines } = compareRuns(older, newer);
    for (const { detectableRatio, margin } of lines) expect(detectableRatio).toBeGreaterThan(1 + margin);
    const text = full(compareRuns(older, newer));
    expect(text).toMatch(/^combined +latency @1 +no change +[+-]\d\.\d% +[+-].*% +\+\d+\.\d% +[+-].*% +null$/m);
    expect(text).toMatch(/^combined +requests\/s @8 +no change .* -\d+\.\d% /m);
  });
});
