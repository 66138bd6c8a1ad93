/** The playground of models that take other inputs than the trained ones: tensors of any datatype, and coloured pictures. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { createApp } from '../../shared/http/app.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import { ok } from '../../shared/result.ts';
import { HAS_CHROMIUM, launchChromium, PATIENTLY, violations } from '../support/browser.ts';

let browser: Browser;
let arm: RunningArm;

/** Their predictor gives back what it is given. */
const OTHERS: readonly ModelCard[] = [
  {
    name: 'mixed',
    inputs: [
      { name: 'whole', datatype: 'INT64', shape: [-1] },
      { name: 'half', datatype: 'FP16', shape: [2] },
      { name: 'text', datatype: 'BYTES', shape: [1] },
    ],
  },
  { name: 'photo', inputs: [{ name: 'pixels', datatype: 'UINT8', shape: [-1, 3, 4, 2] }] },
].map(({ name, inputs }) => {
  const outputs = inputs.map((input) => ({ ...input }));
  const primaryOutput = outputs[0]?.name ?? '';
  return { name, version: '1', platform: 'none', task: 'none', inputs, outputs, primaryOutput } as ModelCard;
});

describe.skipIf(!HAS_CHROMIUM)('the playground of other models', () => {
  const models = OTHERS.map((card) => ({ card, ready: true, reason: '' }));
  const app = createApp(
    {
      models: async () => ok({ revision: 'r', models }),
      infer: async ({ inputs }) => ok({ version: '1', revision: 'r', outputs: inputs }),
    },
    {},
  );

  beforeAll(async () => {
    [browser, arm] = await Promise.all([launchChromium(), startArm('combined')]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), arm?.stop()]);
  });

  /** Opens a page whose calls of the API go to the app above. */
  async function openOther(hash: string) {
    const page = await browser.newPage();
    await page.route('**/v2/**', async (route) => {
      const request = route.request();
      const body = request.method() === 'GET' ? null : new Uint8Array(request.postDataBuffer() ?? []);
      const init = { method: request.method(), headers: request.headers(), body };
      const response = await app.fetch(new Request(request.url(), init));
      const { status, headers } = response;
      const bytes = Buffer.from(await response.arrayBuffer());
      await route.fulfill({ status, headers: Object.fromEntries(headers), body: bytes });
    });
    await page.goto(`${arm.url.origin}/#${hash}`);
    await page.getByRole('heading', { level: 1, name: hash }).waitFor();
    return page;
  }

  it('edits tensors of any datatype, with every digit of long numbers', async () => {
    const page = await openOther('mixed');
    const group = (name: string) => page.getByRole('group', { name });
    await group('whole').getByLabel('Shape').fill('2');
    await group('whole').getByLabel('Elements').fill('[9007199254740993, 1]');
    await group('half').getByLabel('Elements').fill('[0.5, -2]');
    await group('text').getByLabel('Elements').fill('["a", "b"]');
    await expect
      .poll(() => page.getByRole('alert').textContent(), PATIENTLY)
      .toBe('input "text": expected 1 values at element 0, got an array of 2');
    await group('text').getByLabel('Elements').fill('["caf\u00e9"]');
    await page.getByText('9007199254740993, 1', { exact: true }).waitFor();
    await page.getByText('0.5, -2', { exact: true }).waitFor();
    expect(await page.locator('.headline').count()).toBe(0);
    expect(await page.locator('#answer').textContent()).toContain('caf\u00e9');
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it('resizes a picture to the tensor of a model, one colour after another', async () => {
    const page = await openOther('photo');
    const red = await page.evaluate<string>(`(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 80 });
      const context = canvas.getContext('2d');
      context.fillStyle = 'rgb(200, 100, 50)';
      context.fillRect(0, 0, 40, 80);
      return canvas.toDataURL().split(',')[1];
    })()`);
    const file = { name: 'red.png', mimeType: 'image/png', buffer: Buffer.from(red, 'base64') };
    await page.getByLabel('A picture of yours').setInputFiles(file);
    await page
      .getByText(`${Array(8).fill(200)}, ${Array(8).fill(100)}, ${Array(8).fill(50)}`.replaceAll(/,\s*/g, ', '), {
        exact: true,
      })
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});
