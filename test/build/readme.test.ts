/** What the README and the documents beside it say is so: scripts, figures, links. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../bench/advice/answer.ts';
import type { Results } from '../../bench/analysis/results.ts';
import { amount, percent } from '../../bench/report/format.ts';
import { blocksMarkdown, renderMarkdown } from '../../bench/report/markdown.ts';
import { renderPicture } from '../../bench/report/picture.ts';
import { ROOT } from '../../models/build/workers.ts';

/** The share of requests that may fail in a run whose figures are told; the report tells it too. */
const MAX_FAILURES = 1e-4;

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const { scripts } = JSON.parse(read('package.json'));

/** Every document, by its path. */
const DOCUMENTS = globSync('{*,{bench,deploy,models,shared,test,workers}/{*,*/*}}.md', { cwd: ROOT });

describe('the README', () => {
  const readme = read('README.md');

  it('lists the scripts of package.json, no more and no fewer', () => {
    const listed = [...readme.matchAll(/^\| `npm (?:run )?([a-z:]+)/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(
      Object.keys(scripts)
        .filter((name) => name !== 'postinstall')
        .sort(),
    );
  });

  it('has the figures of the committed results files', () => {
    const resultsOf = (name: string): Results => JSON.parse(read(`bench/reference/${name}.json`));
    const standard = resultsOf('standard');
    expect(readme).toContain(blocksMarkdown(answerOf(standard)));
    const hops = standard.breakEven
      .filter(({ subject }) => subject === 'pair-rpc')
      .sort((a, b) => a.workerMs - b.workerMs);
    const [first, last] = [hops[0], hops.at(-1)];
    expect(readme).toContain(`from ${percent(first?.share ?? 0)} to ${percent(last?.share ?? 0)}`);
    expect(readme).toContain(`from ${amount(first?.hopMs.estimate ?? 0)} to ${amount(last?.hopMs.estimate ?? 0)} ms`);
    const prices = ['combined', 'pair-rpc'].map((name) => {
      const found = standard.deployments.find(({ subject }) => subject === name);
      return `$${amount(found?.dollarsPerMillion ?? 0)}`;
    });
    expect(readme).toContain(`${prices.join(' and ')} a million`);
    for (const name of ['standard', 'peers', 'scalability-grid']) {
      const results = resultsOf(name);
      const { incomplete, comparisons, subjects } = results;
      expect(read(`bench/reference/${name}.md`)).toBe(`${renderMarkdown(results, answerOf(results))}\n`);
      expect(incomplete).toBeNull();
      expect(comparisons.filter(({ primary, verdict }) => primary && verdict === 'invalid')).toEqual([]);
      // Open loops at a share of what it does with 16 connections may be more than two processes take: they refuse.
      for (const { name: subject, failures, requests } of subjects)
        if (subject !== 'pair-http') expect(failures).toBeLessThanOrEqual(requests * MAX_FAILURES);
    }
    const [held = 'not told'] = /in \d+ of \d+(?=; ! where not)/.exec(read('bench/reference/standard.md')) ?? [];
    expect(read('bench/README.md')).toContain(held);
    const grid = resultsOf('scalability-grid');
    expect(read('bench/README.md')).toContain(blocksMarkdown(answerOf(grid)));
    expect(read('bench/reference/break-even.svg')).toBe(renderPicture(standard));
    expect(read('bench/reference/scalability-grid.svg')).toBe(renderPicture(grid));
  });

  it('is a door of at most 200 lines', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(200);
  });
});

it('there are documents beside it', () => {
  expect(DOCUMENTS).toEqual(expect.arrayContaining(['SECURITY.md', 'workers/README.md', 'shared/observe/README.md']));
});

it.each(DOCUMENTS)('%s calls no script and names no file that is not there', (path) => {
  const text = read(path);
  for (const [, name = ''] of text.matchAll(/npm run (?:-s )?([a-z:]+)/g)) expect(scripts).toHaveProperty([name]);
  const links = [...text.matchAll(/\]\(([^):#]+)[^):]*\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(ROOT, dirname(path), link)))).toEqual([]);
});
