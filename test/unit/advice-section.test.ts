import { runInNewContext } from 'node:vm';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, it } from 'vitest';
import { adviceBlocks } from '../../bench/advice/advice.ts';
import { adviceFacts } from '../../bench/advice/facts.ts';
import { adviceSection } from '../../bench/advice/section.ts';
import { DEFAULT_SITUATION, FIELDS } from '../../bench/advice/situation.ts';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { Results } from '../../bench/analysis/results.ts';
import { blocksHtml } from '../../bench/report/html/blocks.ts';
import type { PagePart } from '../../bench/report/html/page.ts';
import { blocksText } from '../../bench/report/terminal.ts';
import { syntheticRun } from '../support/run-records.ts';

const HOSTILE = '</script><img src=x onerror=alert(1)>&"\'<!--';
let results: Results;
let section: PagePart;
beforeAll(async () => {
  results = await makeResults(syntheticRun({ arms: ['null', 'floor', 'combined', 'pair-rpc'] }));
  section = adviceSection(results);
});

/** The page with the section in it, and its script run. */
function open({ html, script }: PagePart) {
  const { document, Event } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
  runInNewContext(script, { document });
  const output = () => document.querySelector('.advice-output')?.innerHTML.trim();
  const type = (name: string, value: string) => {
    const input = document.querySelector(`#advice-${name}`);
    if (input === null) throw new Error(`expected an input ${name}`);
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  };
  return { document, output, type };
}

/** HTML as the parser of the test writes it. */
function normal(html: string): string {
  return (
    parseHTML(`<!doctype html><html><body><div>${html}</div></body></html>`)
      .document.querySelector('div')
      ?.innerHTML.trim() ?? ''
  );
}

describe('the section', () => {
  it('has a labelled input for each field, with its error beside it', () => {
    const { document } = open(section);
    for (const { name } of FIELDS) {
      const input = document.querySelector(`#advice-${name}`);
      expect(document.querySelector(`label[for="advice-${name}"]`)?.textContent).not.toBe('');
      expect(document.querySelector(`#${input?.getAttribute('aria-describedby')}`)).not.toBeNull();
    }
    expect(document.querySelectorAll('input')).toHaveLength(FIELDS.length);
    expect(document.querySelector('h2')?.textContent).toBe('Which one to deploy');
    expect(document.querySelector('.advice-output')?.getAttribute('aria-live')).toBe('polite');
  });

  it('reads well before any script: the advice for the default situation is in it', () => {
    expect(section.html).toContain(blocksHtml(adviceBlocks(adviceFacts(results), DEFAULT_SITUATION)));
  });

  it('is the same bytes for the same results', () => {
    expect(adviceSection(results)).toEqual(section);
    expect(section.script).not.toMatch(/\/work\/|file:/);
  });

  it('cannot be left by anything in the results', () => {
    const environment = { ...results.environment, commit: HOSTILE, date: HOSTILE };
    const { html, script } = adviceSection({ ...results, environment, incomplete: HOSTILE });
    for (const text of [html, script]) expect(text).not.toMatch(/<\/script|<!--|<img/i);
    expect(open({ html, script, css: '' }).document.querySelectorAll('img')).toHaveLength(0);
  });
});

describe('the form', () => {
  it('says in the page what Node says', () => {
    const page = open(section);
    page.type('teams', '2');
    page.type('sloMs', '');
    page.type('modelMs', '3.5');
    const situation = { ...DEFAULT_SITUATION, teams: 2, sloMs: null, modelMs: 3.5 };
    expect(page.output()).toBe(normal(blocksHtml(adviceBlocks(adviceFacts(results), situation))));
    expect(page.document.querySelector('.answer')?.textContent).toMatch(/^Two Workers/);
  });

  it('keeps the advice and says what it expected while a field is wrong', () => {
    const page = open(section);
    const before = page.output();
    page.type('gateways', 'two');
    expect(page.output()).toBe(before);
    const error = page.document.querySelector('#advice-gateways-error');
    expect(error?.textContent).toBe('expected a whole number from 1 to 500, got "two"');
    page.type('gateways', '2');
    expect(error?.textContent).toBe('');
    expect(page.output()).not.toBe(before);
  });
});

it('says the same words in a page and in a terminal', () => {
  const blocks = adviceBlocks(adviceFacts(results), DEFAULT_SITUATION);
  const { document } = parseHTML(`<!doctype html><html><body>${blocksHtml(blocks)}</body></html>`);
  const words = (text: string) => text.toLowerCase().replaceAll(/[[\]\s-]/g, '');
  expect(words(document.body.textContent ?? '')).toBe(words(blocksText(blocks)));
});
