/** The playground of a deployment with API keys. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorkerd, type WorkerdProcess } from '../../bench/arms/workerd.ts';
import { formatEntries, makeKey } from '../../shared/api-keys.ts';
import { HAS_CHROMIUM, launchChromium, violations } from '../support/browser.ts';

const { key, entry } = await makeKey('visitor', ['infer'], 'x'.repeat(43));

describe.skipIf(!HAS_CHROMIUM)('the playground', () => {
  let browser: Browser;
  let server: WorkerdProcess;
  beforeAll(async () => {
    const API_KEYS = formatEntries([entry]);
    server = await startWorkerd([{ worker: 'gateway', vars: { API_KEYS } }, { worker: 'predictor' }]);
    browser = await launchChromium();
  });
  afterAll(async () => void (await Promise.all([browser?.close(), server?.stop()])));

  it('asks for a key where the server wants one, and keeps it to the tab', async () => {
    const page = await browser.newPage();
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(`${server.url.origin}/#auto-mpg`);
    await page.getByText('as "Authorization: Bearer KEY" or "X-API-Key: KEY", got none').waitFor();
    expect(await violations(page)).toEqual([]);

    const field = page.getByLabel('API key');
    await field.fill('tk_wrong');
    await field.press('Enter');
    await page.getByText('got one that it does not know').waitFor();
    await field.fill(key);
    await page.getByRole('button', { name: 'Use this key' }).click();
    await page.getByText(/^Answered by tandem/).waitFor();
    expect(await field.isVisible()).toBe(false);

    const shown = (await page.locator('#code pre').allTextContents()).join('\n');
    expect(shown.match(/YOUR_KEY/g)).toHaveLength(3);
    expect([await page.content(), page.url(), ...addresses].join('\n')).not.toContain(key.slice(-20));
    const other = await (await browser.newContext()).newPage();
    await other.goto(server.url.origin);
    await other.getByText(/got none$/).waitFor();
  });
});
