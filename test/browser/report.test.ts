/** The HTML report in a browser: that it opens alone, fits the window, and draws. Skipped where there is no Chromium. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf } from '../../bench/advice/answer.ts';
import { adviceSection } from '../../bench/advice/section.ts';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { renderHtml } from '../../bench/report/html/page.ts';
import { readTimeSeries } from '../../bench/report/sections/latency.ts';
import { CHROMIUM, HAS_CHROMIUM, launchChromium, watchTroubles } from '../support/browser.ts';
import { type SyntheticRunOptions, syntheticRun } from '../support/run-records.ts';

const MIN_SAMPLES = 200_000;
/** Catches a page that hangs; what it takes is far less. */
const MAX_LOAD_MS = 10_000;

let browser: Browser;
let folder: string;

/** Writes the report of a synthetic run. Answers its URL and how many requests it is of. */
async function write(name: string, options: SyntheticRunOptions): Promise<{ url: string; samples: number }> {
  const { environment, records } = syntheticRun(options);
  const results = await makeResults({ environment, records });
  const page = renderHtml({
    results,
    opening: answerOf(results),
    advice: adviceSection(results),
    series: await readTimeSeries(records),
  });
  const file = join(folder, name);
  writeFileSync(file, page);
  const samples = records.reduce((sum, one) => sum + (one.kind === 'window' ? one.requests.sentUs.length : 0), 0);
  return { url: pathToFileURL(file).href, samples };
}

/** Opens a page that records what it should not do. */
async function open(url: string, width: number, look: { scheme?: 'dark'; media?: 'print' }) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: look.scheme ?? 'light' });
  const troubles = watchTroubles(page, (requested) => requested === url);
  if (look.media !== undefined) await page.emulateMedia({ media: look.media });
  await page.goto(url);
  return { page, troubles };
}

/** Figures without a drawing that can be seen, or without a sentence, by their sections. */
async function bareFigures(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const seen = (element) => element.getClientRects().length > 0 && element.getBoundingClientRect().width > 100;
    return [...document.querySelectorAll('figure')].filter((figure) =>
      ![...figure.querySelectorAll('.plot svg')].some(seen) || figure.querySelector('.finding').textContent.length <= 20,
    ).map((figure) => figure.closest('section').id);
  })()`);
}

const LOOKS = [
  ['360 px, light', 360, {}],
  ['360 px, dark', 360, { scheme: 'dark' }],
  ['1200 px, light', 1200, {}],
  ['1200 px, dark', 1200, { scheme: 'dark' }],
  ['720 px, on paper', 720, { scheme: 'dark', media: 'print' }],
] as const;

describe.skipIf(!HAS_CHROMIUM)('the HTML report in a browser', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-report-'));
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(LOOKS)('at %s fits, draws everything and asks for nothing', async (name, width, look) => {
    const { url } = await write('report.html', { starts: 3, rounds: 2 });
    const { page, troubles } = await open(url, width, look);
    expect(await bareFigures(page)).toEqual([]);
    expect(await page.locator('figure').count()).toBeGreaterThan(8);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(name.includes('dark') ? 'rgb(20, 23, 26)' : 'rgb(253, 253, 252)');
    expect(troubles).toEqual([]);
    await page.close();
  });

  it('opens with 200,000 requests behind it', async () => {
    const { url, samples } = await write('large.html', { starts: 10, rounds: 10 });
    expect(samples).toBeGreaterThanOrEqual(MIN_SAMPLES);
    const { page, troubles } = await open(url, 1200, {});
    const loadMs = await page.evaluate<number>("performance.getEntriesByType('navigation')[0].loadEventEnd");
    expect(loadMs).toBeGreaterThan(0);
    expect(loadMs).toBeLessThan(MAX_LOAD_MS);
    expect(troubles).toEqual([]);
    await page.close();
  });
});

describe.runIf(!HAS_CHROMIUM)('the HTML report in a browser', () => {
  it.skip(`skipped: expected Chromium at ${CHROMIUM}, got none`, () => undefined);
});
