/** The installed Chromium, and what a page does there that it should not. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';

export const CHROMIUM = '/usr/bin/chromium';
export const HAS_CHROMIUM = existsSync(CHROMIUM);

/** How long `expect.poll` waits for what a page does. */
export const PATIENTLY = { timeout: 30_000 };

const QUIET = ['component-update', 'background-networking', 'sync', 'gpu', 'quic'].map((name) => `--disable-${name}`);

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--no-first-run', ...QUIET] });
}

/** Errors, warnings and requests of a page that `isOwn` does not hold for, added to as they come. */
export function watchTroubles(page: Page, isOwn: (url: string) => boolean): string[] {
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => {
    if (!isOwn(request.url()) && !request.url().startsWith('data:')) troubles.push(`requested ${request.url()}`);
  });
  return troubles;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds, by rule and element. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate<string[]>(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ' ' + html)))`);
}
