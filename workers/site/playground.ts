/**
 * The playground: one model of the server at a time, named in the address behind #, with a form for its input, its answer
 * as the input changes, and the request to take along.
 */
import { createClient } from '../../shared/client.ts';
import type { Tensor } from '../../shared/tensor.ts';
import { showAnswer } from './answer.ts';
import { createEditor } from './editor.ts';
import { element } from './element.ts';
import { type Model, readExamples, readModel } from './model.ts';
import { showCode } from './request-code.ts';
import { createRoundTrips } from './round-trips.ts';

const TIMEOUT_MS = 20_000;

/** Cloudflare ends it with the airport of the place that answered. */
const RAY = 'cf-ray';

/** Where the visitor's API key is kept: in this tab, until it is closed. */
const KEY = 'tandem-key';
const key = readKey();

const trips = createRoundTrips();
const who = element('p', {}, '');
let place = '';
const client = createClient('', {
  timeoutMs: TIMEOUT_MS,
  retries: 0,
  ...(key === null ? {} : { apiKey: key }),
  fetch: async (url, init) => {
    const response = await fetch(url, init);
    byId('key').hidden = ![401, 403].includes(response.status);
    place = response.headers.get(RAY)?.split('-').at(-1) ?? '';
    return response;
  },
});

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`expected an element ${id}, got none`);
  return found;
}

/** Runs one job at a time, and after it once more when it was asked for meanwhile. */
function latest(job: () => Promise<void>): () => void {
  let state: 'idle' | 'running' | 'again' = 'idle';
  const run = async () => {
    do {
      state = 'running';
      await job();
    } while (isAsked());
    state = 'idle';
  };
  const isAsked = () => state === 'again';
  return () => {
    if (state === 'idle') void run();
    else state = 'again';
  };
}

function words(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function showModel(model: Model, example: readonly Tensor[], server: string): void {
  const [error, answer, code] = [byId('error'), byId('answer'), byId('code')];
  const infer = async (inputs: readonly Tensor[]) => {
    const { outputs, revision, version } = await client.infer(
      model.name,
      Object.fromEntries(inputs.map(({ name, ...value }) => [name, value])),
    );
    const where = place === '' ? '' : ` in ${place}`;
    who.textContent = `Answered by ${server} at ${location.host}${where}: version ${version}, models ${revision || 'unnamed'}.`;
    return outputs;
  };
  const run = latest(async () => {
    try {
      const inputs = editor.read();
      code.replaceChildren(...showCode(model, inputs, key !== null));
      const outputs = await trips.time(() => infer(inputs));
      if (!editor.element.isConnected) return;
      answer.replaceChildren(...showAnswer(model, outputs));
      // A server may take fewer rows than the curve has points.
      await editor.below?.draw(infer).catch(() => undefined);
      error.hidden = true;
    } catch (cause) {
      if (!editor.element.isConnected) return;
      error.textContent = words(cause);
      error.hidden = false;
      answer.replaceChildren();
    }
  });
  const editor = createEditor({ model, example, changed: run });
  byId('title').textContent = model.name;
  byId('about').textContent = model.description;
  byId('input').replaceChildren(editor.element);
  byId('below').replaceChildren(...(editor.below ? [editor.below.element] : []));
  for (const old of [answer, code]) old.replaceChildren();
  run();
}

async function start(): Promise<void> {
  const [{ name, version }, models, examples] = await Promise.all([client.server(), client.models(), readExamples()]);
  const names = [...new Set(models.map((model) => model.name))];
  const links = names.map((each) => element('a', { href: `#${each}` }, each));
  byId('models').replaceChildren(...links);
  byId('times').replaceChildren(trips.element, who);

  const show = async () => {
    const asked = decodeURIComponent(location.hash.slice(1));
    const chosen = names.find((each) => each === asked) ?? names[0];
    if (chosen === undefined) throw new Error('This server has no models.');
    for (const link of links) link.ariaCurrent = link.textContent === chosen ? 'page' : null;
    const metadata = await client.metadata(chosen);
    if (decodeURIComponent(location.hash.slice(1)) !== asked) return;
    showModel(readModel(metadata), examples.get(chosen) ?? [], `${name} ${version}`);
  };
  addEventListener('hashchange', () => void show().catch(fail));
  await show();
}

function fail(cause: unknown): void {
  byId('error').textContent = words(cause);
  byId('error').hidden = false;
}

/** None where the browser keeps nothing of this page. */
function readKey(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

byId('key').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, byId('key').querySelector('input')?.value ?? '');
  location.reload();
});

await start().catch(fail);
