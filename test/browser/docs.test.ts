/** The documentation in a browser: that it shows the document of its own server, asks for nothing else, and tries it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { OPERATIONS } from '../../shared/http/openapi.ts';
import { CHROMIUM, HAS_CHROMIUM, launchChromium, watchTroubles } from '../support/browser.ts';

let browser: Browser;
let arm: RunningArm;

describe.skipIf(!HAS_CHROMIUM)('the documentation', () => {
  beforeAll(async () => {
    [browser, arm] = await Promise.all([launchChromium(), startArm('combined')]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), arm?.stop()]);
  });

  it.each([
    ['360 px, dark', 360, 'dark'],
    ['1200 px, light', 1200, 'light'],
  ] as const)('at %s fits, shows every route and tries an example', async (_, width, colorScheme) => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const troubles = watchTroubles(page, (url) => url.startsWith(arm.url.origin));
    await page.goto(`${arm.url.origin}/docs`);
    await page.locator('.opblock').first().waitFor();
    const paths = Object.values(OPERATIONS).flatMap((operation) => operation.paths ?? ['']);
    expect(await page.locator('.opblock').count()).toBe(paths.length);
    expect(await page.locator('html.dark-mode').count()).toBe(colorScheme === 'dark' ? 1 : 0);
    await page.locator('#operations-Simple-POST_predict .opblock-summary-control').click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.locator('.live-responses-table').getByText('"prediction"').waitFor();
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(troubles).toEqual([]);
    await page.close();
  });
});

describe.runIf(!HAS_CHROMIUM)('the documentation in a browser', () => {
  it.skip(`skipped: expected Chromium at ${CHROMIUM}, got none`, () => undefined);
});
