/** The OpenAPI document against the server: every route is in it, every example works, and all traffic conforms to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { ROOT } from '../../models/build/workers.ts';
import { createApp } from '../../shared/http/app.ts';
import { OPERATIONS, openApi } from '../../shared/http/openapi.ts';
import { ask, type Question } from '../support/ask.ts';
import { CARDS } from '../support/models.ts';
import { CARD } from '../support/rows.ts';
import { asksAsSent, DEPLOYMENTS } from '../support/topology.ts';
import { CASES } from './cases/all.ts';

const DOCUMENT = JSON.parse(readFileSync(join(ROOT, 'dist/site/openapi.json'), 'utf8'));
const ajv = new Ajv2020({ strict: false }).addSchema({ $id: 'openapi', ...DOCUMENT });

interface Operation {
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly headers?: object; readonly content: Content }>>;
}
type Content = Readonly<
  Record<'application/json', { schema: { $ref: string }; examples?: Record<string, { value: unknown }> }>
>;

/** What is wrong with a text by the schema of its content; null when nothing is. */
function faultOf(content: Content | undefined, text: string): unknown {
  const check = ajv.getSchema(`openapi${content?.['application/json'].schema.$ref}`);
  return check?.(JSON.parse(text)) ? null : (check?.errors ?? 'no schema');
}

/** The operation that a question is for. */
function operationOf({ method = 'POST', path }: Question): Operation | undefined {
  const paths: [string, Record<string, Operation>][] = Object.entries(DOCUMENT.paths);
  const found = paths.find(([template]) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`).test(path));
  return found?.[1][method.toLowerCase()];
}

const EXAMPLES = Object.entries<Record<string, Operation>>(DOCUMENT.paths).flatMap(([path, operations]) =>
  Object.values(operations).flatMap(({ requestBody }) =>
    Object.entries(requestBody?.content['application/json'].examples ?? {}).map(([model, { value }]) => {
      return { path: path.replace('{model}', model).replace('{version}', '1'), body: JSON.stringify(value) };
    }),
  ),
);

it('the document is one of OpenAPI 3.1', async () => {
  expect(await new Validator().validate(structuredClone(DOCUMENT))).toEqual({ valid: true });
});

it('has every route of the app but those that are refused, and no route takes the router its fast way', async () => {
  const none = async () => ({ ok: true, value: { revision: '', models: [] } }) as const;
  const app = createApp({ models: none, infer: () => Promise.reject() }, {});
  const routes = app.routes.filter(({ method }) => method !== 'ALL');
  const isDocumented = ({ method, path }: (typeof routes)[number]) => Object.hasOwn(OPERATIONS, `${method} ${path}`);
  await app.request('/');
  expect(app.router.name).toMatch(/RegExpRouter/);
  expect(routes.filter(isDocumented)).toHaveLength(Object.keys(OPERATIONS).length);
  for (const { method, path } of routes.filter((route) => !isDocumented(route))) {
    const response = await app.request(path.replaceAll(/:\w+(\{.+?\})?/g, 'x'), { method });
    expect([method, path, response.status]).toEqual([method, path, 404]);
  }
});

it('wants a key, where there are some, of every route but health', () => {
  expect(DOCUMENT.security).toEqual([
    {},
    ...Object.keys(DOCUMENT.components.securitySchemes).map((name) => ({ [name]: [] })),
  ]);
  const open = Object.entries<Record<string, { security?: unknown }>>(DOCUMENT.paths).filter(
    ([, { get }]) => get?.security,
  );
  expect(open.map(([path]) => path)).toEqual(['/v2/health/live', '/v2/health/ready']);
});

it('has an example of every model', () => {
  const asked = EXAMPLES.map(({ path }) => path);
  expect(asked).toEqual(expect.arrayContaining(CARDS.map(({ name }) => `/v2/models/${name}/infer`)));
  expect(asked).toContain('/predict');
});

it('has the labels of v1, with those that the cards have', () => {
  const labelled = { card: { ...CARD, labels: ['stable'] }, inputs: [] };
  const { paths } = openApi([labelled, { card: { ...CARD, name: 'other' }, inputs: [] }], 1_000) as typeof DOCUMENT;
  const [, label] = paths['/v1/models/{model}/labels/{label}'].get.parameters;
  expect(label).toMatchObject({ name: 'label', examples: { [CARD.name]: { value: 'stable' } } });
  expect(Object.keys(label.examples)).toHaveLength(1);
  expect(operationOf({ path: '/v1/models/auto-mpg/labels/canary:predict' })?.requestBody).toBeDefined();
});

it('tells of inferences alone what a cache says', () => {
  const told = ({ path }: Question) =>
    Object.keys(operationOf({ method: path === '/v2' ? 'GET' : 'POST', path })?.responses[200]?.headers ?? {});
  expect(told({ path: '/v2' })).toEqual([]);
  for (const path of ['/predict', '/v1/models/m:predict', '/v2/models/m/infer'])
    expect(told({ path })).toEqual(['Cache-Status', 'Age']);
});

describe.each(DEPLOYMENTS)('%s', (topology) => {
  let arm: RunningArm;
  beforeAll(async () => {
    arm = await startArm(topology);
  });
  afterAll(() => arm.stop());

  it.each(EXAMPLES)('answers the example of $path', async (question) => {
    const { status, text } = await ask(arm.url, question);
    expect(status).toBe(200);
    expect(faultOf(operationOf(question)?.responses[200]?.content, text)).toBeNull();
  });

  it('answers every case of the contract as the document says', async () => {
    for (const { title, question } of CASES.filter(({ question }) => asksAsSent(topology, question))) {
      const operation = operationOf(question);
      const { status, text } = await ask(arm.url, question);
      const answered = status === 200 ? '200' : status < 500 ? '4XX' : '5XX';
      const content = operation?.responses[answered]?.content ?? DOCUMENT.paths['/v2'].get.responses['4XX'].content;
      if (operation === undefined) expect([404, 405], title).toContain(status);
      expect({ title, fault: faultOf(content, text) }).toEqual({ title, fault: null });
      const isCompressed = question.headers !== undefined && 'content-encoding' in question.headers;
      if (status !== 200 || operation?.requestBody === undefined || isCompressed) continue;
      const body = Buffer.from(question.body ?? '')
        .toString()
        .replace(/^\uFEFF/, '');
      expect({ title, fault: faultOf(operation.requestBody.content, body) }).toEqual({ title, fault: null });
    }
  });
});
