/** The playground in a browser: every model, drawing, errors, the code that it shows, and that everybody can use it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { ROOT } from '../../models/build/workers.ts';
import { CHROMIUM, HAS_CHROMIUM, launchChromium, PATIENTLY, violations, watchTroubles } from '../support/browser.ts';
import { CARDS } from '../support/models.ts';
import { run } from '../support/run.ts';

/** Where the pictures of the pages are kept, for people to look at. */
const PICTURES = join(ROOT, 'dist/screenshots');

let browser: Browser;
let arm: RunningArm;

async function open(hash: string, { width = 1200, scheme = 'light' as 'light' | 'dark' } = {}) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
  const troubles = watchTroubles(page, (url) => url.startsWith(arm.url.origin));
  await page.goto(`${arm.url.origin}/#${hash}`);
  await page.getByRole('heading', { level: 1, name: hash, exact: true }).waitFor();
  return { page, troubles };
}

const answer = (page: Page) => page.locator('.headline strong');

/** The code shown for a language. */
async function code(page: Page, language: string): Promise<string> {
  const text = await page.locator('details', { hasText: language }).locator('pre').textContent();
  return text ?? '';
}

const LOOKS = [
  ['360 px, light', 360, 'light'],
  ['360 px, dark', 360, 'dark'],
  ['1200 px, light', 1200, 'light'],
] as const;

describe.skipIf(!HAS_CHROMIUM)('the playground', () => {
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    [browser, arm] = await Promise.all([launchChromium(), startArm('pair-rpc')]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), arm?.stop()]);
  });

  describe.each(LOOKS)('at %s', (look, width, scheme) => {
    it.each(CARDS.map(({ name }) => name))('fits, answers for %s and keeps nobody out', async (name) => {
      const { page, troubles } = await open(name, { width, scheme });
      const example = page.getByRole('button', { name: 'Example' });
      if ((await example.count()) > 0) await example.click();
      await answer(page).or(page.locator('.bars')).first().waitFor();
      await page.getByText(/^Answered by tandem/).waitFor();
      expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      expect(background).toBe(scheme === 'dark' ? 'rgb(20, 23, 26)' : 'rgb(253, 253, 252)');
      await page.screenshot({ path: join(PICTURES, `${name} ${look}.png`), fullPage: true });
      expect(await violations(page)).toEqual([]);
      expect(troubles).toEqual([]);
      await page.close();
    });
  });

  it('answers anew for each step of a slider, by keyboard, and draws the curve of another column', async () => {
    const { page } = await open('auto-mpg');
    await answer(page).waitFor();
    const before = Number(await answer(page).textContent());
    await page.getByRole('slider', { name: 'model_year' }).press('ArrowRight');
    const [, perYear = Number.NaN] = (await code(page, 'curl')).match(/"model_year":(\d+)/) ?? [];
    expect(Number(perYear)).toBe(77);
    await expect.poll(async () => Number(await answer(page).textContent()) - before, PATIENTLY).toBeCloseTo(0.745, 2);
    await page.getByLabel('The answer as this varies').selectOption('weight');
    await page.getByText(/^From 1613 to 5140 of weight the answer lies between/).waitFor();
    await page.close();
  });

  it('shows class probabilities of penguins, also where a measurement is not known', async () => {
    const { page } = await open('penguins');
    await page.getByRole('spinbutton', { name: 'beak depth' }).fill('');
    await page.getByText('"beak_depth":null').first().waitFor();
    expect(await page.locator('.bars th').allTextContents()).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
    expect(await page.locator('.curve polyline').count()).toBe(3);
    await page.close();
  });

  it('reads a digit drawn with the pointer, and one drawn with the arrow keys', async () => {
    const { page } = await open('digits');
    const canvas = page.locator('canvas');
    const { x, y, width, height } = (await canvas.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(x + width * 0.3, y + height * 0.2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.7, y + height * 0.2, { steps: 10 });
    await page.mouse.move(x + width * 0.45, y + height * 0.8, { steps: 10 });
    await page.mouse.up();
    await expect.poll(() => answer(page).textContent(), PATIENTLY).toBe('7');
    expect(await page.locator('.bars tr').count()).toBe(10);
    await page.screenshot({ path: join(PICTURES, 'drawn.png'), fullPage: true });
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('expected a picture, got none').waitFor();
    await canvas.focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowDown');
    await expect.poll(() => answer(page).textContent(), PATIENTLY).toBe('1');
    await page.close();
  });

  it('shows a digit as the example of digits, and reads it', async () => {
    const { page } = await open('digits');
    await page.getByRole('button', { name: 'Example' }).click();
    await expect.poll(() => answer(page).textContent(), PATIENTLY).toBe('3');
    await page.locator('canvas').screenshot({ path: join(PICTURES, 'example.png') });
    await page.close();
  });

  it('says in words what is wrong, and goes on when it is right again', async () => {
    const { page } = await open('auto-mpg');
    const alert = page.getByRole('alert');
    await page.getByRole('spinbutton', { name: 'weight' }).fill('');
    expect(await alert.textContent()).toBe('weight: expected a number, got none');
    await page.getByRole('spinbutton', { name: 'weight' }).fill('3000');
    await alert.waitFor({ state: 'hidden' });
    await page.context().setOffline(true);
    await page.getByRole('spinbutton', { name: 'weight' }).fill('3001');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/\w+ \w+/);
    await page.close();
  });

  it('shows code that works, for a row and for a tensor', async () => {
    for (const name of ['penguins', 'digits']) {
      const { page } = await open(name);
      if (name === 'digits') await page.getByRole('button', { name: 'Example' }).click();
      const told = (await answer(page).textContent()) ?? '';
      const [curl, python, script] = await Promise.all(['curl', 'Python', 'TypeScript'].map((one) => code(page, one)));
      const client = script?.replace(`${arm.url.origin}/client.js`, join(ROOT, 'dist/site/client.js')) ?? '';
      for (const [program, ...args] of [
        ['bash', '-c', `${curl} -s`],
        ['/usr/bin/python3', '-c', python ?? ''],
        ['node', '--input-type=module', '-e', client],
      ] as const) {
        const { stdout, stderr } = await run(program, args);
        expect(stdout, stderr).toContain(told);
      }
      await page.close();
    }
  });

  it('keeps the times of the last 50 round trips', async () => {
    const { page } = await open('auto-mpg');
    const field = page.getByRole('spinbutton', { name: 'weight' });
    for (let i = 0; i < 60; i++) {
      await field.fill(String(3000 + i));
      await page
        .getByText(`"weight":${3000 + i}`)
        .first()
        .waitFor();
    }
    await page.getByText('of the last 50').waitFor();
    expect(await page.locator('.trips rect').count()).toBe(50);
    await page.close();
  });
});

describe.runIf(!HAS_CHROMIUM)('the playground in a browser', () => {
  it.skip(`skipped: expected Chromium at ${CHROMIUM}, got none`, () => undefined);
});
