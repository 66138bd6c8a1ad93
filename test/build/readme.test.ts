/** What the README and the documents beside it say is so: scripts, figures, links. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../bench/advice/answer.ts';
import type { Results } from '../../bench/analysis/results.ts';
import { blocksMarkdown, renderExcerpt } from '../../bench/report/markdown.ts';
import { renderPicture } from '../../bench/report/picture.ts';
import { ROOT } from '../../models/build/workers.ts';

const STANDARD_SECTIONS = ['summary', 'comparisons', 'break-even', 'max-rate', 'deployments', 'workers', 'cold-start'];

/** The share of requests that may fail in a run whose figures are told; the report tells it too. */
const MAX_FAILURES = 1e-4;

describe('the README', () => {
  const FOLDERS = ['.', 'bench', 'models', 'deploy'] as const;
  const texts = FOLDERS.map((folder) => readFileSync(join(ROOT, folder, 'README.md'), 'utf8'));
  const [readme = '', bench = ''] = texts;
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

  it('lists the scripts of package.json, no more and no fewer', () => {
    const listed = [...readme.matchAll(/^\| `npm (?:run )?([a-z:]+)/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(
      Object.keys(scripts)
        .filter((name) => name !== 'postinstall')
        .sort(),
    );
  });

  it('has the figures of the committed results files', () => {
    const read = (name: string): Results => JSON.parse(readFileSync(join(ROOT, 'bench/reference', name), 'utf8'));
    const [standard, peers] = [read('standard.json'), read('peers.json')];
    expect(readme).toContain(blocksMarkdown(answerOf(standard).filter(({ kind }) => kind !== 'list')));
    expect(bench).toContain(renderExcerpt(standard, STANDARD_SECTIONS));
    expect(bench).toContain(renderExcerpt(peers, ['summary', 'comparisons']));
    for (const { incomplete, subjects } of [standard, peers]) {
      expect(incomplete).toBeNull();
      for (const { failures, requests } of subjects) expect(failures).toBeLessThanOrEqual(requests * MAX_FAILURES);
    }
    expect(readFileSync(join(ROOT, 'bench/reference/break-even.svg'), 'utf8')).toBe(renderPicture(standard));
  });

  it('calls no script that is not there', () => {
    const calls = texts.join('').matchAll(/npm run (?:-s )?([a-z:]+)/g);
    for (const [, name = ''] of calls) expect(scripts).toHaveProperty([name]);
  });

  it('is a door of at most 200 lines, and names no file that is not there', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(200);
    for (const [i, folder] of FOLDERS.entries())
      for (const [, link = ''] of (texts[i] ?? '').matchAll(/\]\(([^):]+)\)/g))
        expect(existsSync(join(ROOT, folder, link))).toBe(true);
  });
});
