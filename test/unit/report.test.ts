import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { Results } from '../../bench/analysis/results.ts';
import { renderMarkdown } from '../../bench/report/markdown.ts';
import { renderText, sectionsOf } from '../../bench/report/report.ts';
import { syntheticRun } from '../support/run-records.ts';

const LONG_NAME = 'a-deployed-target-whose-name-is-rather-long';

const whole = await makeResults(syntheticRun());

/** The whole run, with one arm under another name. */
function renamed(from: string, to: string): Results {
  return JSON.parse(JSON.stringify(whole).replaceAll(`"${from}"`, JSON.stringify(to)));
}

describe('the report of a whole run', () => {
  it('has a section for everything that was measured', () => {
    expect(sectionsOf(whole).map(({ id }) => id)).toEqual([
      'comparisons',
      'summary',
      'starts',
      'percentiles',
      'offered-load',
      'max-rate',
      'sweep',
      'laws',
      'mixed',
      'break-even',
      'roles',
      'deployments',
      'workers',
      'past-one-machine',
      'queue',
      'cold-start',
      'provenance',
    ]);
  });

  it('has as many cells in every row as in the header', () => {
    const tables = sectionsOf(whole).map(({ table }) => table);
    expect(tables.length).toBeGreaterThan(12);
    for (const { head, rows } of tables) {
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row).toHaveLength(head.length);
    }
  });

  it('is at most 100 columns wide on a terminal, whatever the names', () => {
    for (const results of [whole, renamed('pair-fetch', LONG_NAME)]) {
      const lines = renderText(results).split('\n');
      expect(lines.filter((line) => line.length > 100)).toEqual([]);
    }
  });

  it('says how well the hop is known, and how many starts would make it better known', () => {
    const wide = structuredClone(whole.comparisons).map((one) => ({
      ...one,
      delta: { estimate: 0.3, ci95: [0.2, 0.4] as const },
      startsFor30Us: 123,
    }));
    const text = renderText({ ...whole, comparisons: wide }).replaceAll('\n', ' ');
    expect(text).toContain('half-width of the interval 0.100 ms; 0.03 ms would take 123 starts in place of 10');
  });

  it('says what the run took, where it was made, and what it cannot tell', () => {
    const text = renderText(whole).replaceAll(/\s+/g, ' ');
    expect(text).toContain('2 cores of A Processor With a Rather Long Name 64-Core @ 3.00GHz');
    expect(text).toMatch(/took \d+ s after the build\. .* the runner had 120 MiB and the generator 150 MiB/);
    expect(text).toContain('One machine, loopback, no network');
  });

  it('marks what may not be used, with the reason', () => {
    const measurements = whole.measurements.map((one) =>
      one.subject === 'floor' ? { ...one, invalid: 'so it is' } : one,
    );
    const text = renderText({ ...whole, measurements });
    expect(text).toMatch(/^floor +0\.\d+!/m);
    expect(text).toMatch(/Invalid: floor: so it is/);
  });
});

it('says first that a run was cut off', async () => {
  const { environment, records } = syntheticRun({ starts: 3 });
  const results = await makeResults({ environment, records: records.slice(0, 100) });
  expect(renderText(results)).toMatch(/^\s*Incomplete run: the run was cut off\./);
  expect(renderMarkdown(results, [])).toContain('\n\nIncomplete run: the run was cut off.');
});

it('leaves out what was not measured, down to nothing at all', async () => {
  const { environment } = syntheticRun();
  const nothing = await makeResults({ environment: { ...environment, subjects: [] }, records: [] });
  expect(sectionsOf(nothing).map(({ id }) => id)).toEqual(['provenance']);
  expect(renderText(nothing)).toContain('Incomplete run');
});

describe('Markdown', () => {
  it('has the same tables, and names that do not break them', () => {
    const markdown = renderMarkdown(renamed('pair-fetch', 'a|b'), [{ kind: 'answer', text: 'Deploy one.' }]);
    for (const { title } of sectionsOf(whole)) expect(markdown).toContain(`## ${title}\n`);
    expect(markdown).toMatch(
      /^# Benchmark: \w+\n\n\*\*Deploy one\.\*\*\n\nMeasured 2026-01-02 with `npm run bench -- --profile/,
    );
    expect(markdown).toMatch(/^\| `a\\\|b` +\|/m);
  });
});
