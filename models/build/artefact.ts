/**
 * Makes models/dist: the runtime's wasm, a copy of every model, and the module that imports them. A Worker gets a
 * model only through a literal `import`, so this is how a model is added with no code touched.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { ModelCard } from '../../shared/model-card.ts';
import { TYPED_ARRAYS } from '../../shared/tensor.ts';
import type { Baked } from './bake/bake.ts';
import { type JsonTensor, readGolden } from './golden.ts';

/** The stock runtime's wasm in the installed package. */
export const RUNTIME_WASM = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');

/** A folder under models/ with its card and its ONNX file. */
export interface ModelFolder {
  readonly card: ModelCard;
  readonly onnx: string;
}

/** Every folder of `root` that holds a model.onnx, by name. Throws on a card that does not fit its schema or folder. */
export function findModels(root: string): ModelFolder[] {
  const names = readdirSync(root).filter((name) => existsSync(join(root, name, 'model.onnx')));
  return names
    .sort()
    .map((name) => ({ card: readCard(join(root, name, 'card.json'), name), onnx: join(root, name, 'model.onnx') }));
}

/** The card in a file. Throws when it does not fit its schema, or has another name than its folder. */
export function readCard(file: string, folder: string): ModelCard {
  const parsed = v.safeParse(ModelCard, JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(`${file}, ${v.getDotPath(issue)}: expected ${issue.expected}, got ${issue.received}`);
  }
  if (parsed.output.name !== folder)
    throw new Error(`${file}: expected the name "${folder}", got "${parsed.output.name}"`);
  const outputs = parsed.output.outputs.map(({ name }) => name);
  if (!outputs.includes(parsed.output.primaryOutput)) {
    const got = parsed.output.primaryOutput;
    throw new Error(`${file}, primaryOutput: expected one of the outputs "${outputs.join('", "')}", got "${got}"`);
  }
  return parsed.output;
}

/** Writes the artefact of `models` on the stock runtime into `folder`. */
export function writeStock(models: readonly ModelFolder[], folder: string): void {
  copyFileSync(RUNTIME_WASM, join(folder, 'runtime.wasm'));
  for (const { card, onnx } of models) copyFileSync(onnx, join(folder, `${card.name}.onnx`));
  const module = artefactModule(models, {
    imports: [
      "import { createStockRuntime } from '../../shared/inference/stock-runtime.ts';",
      ...models.map(({ card }, i) => `import model${i} from './${card.name}.onnx';`),
    ],
    runtime: 'createStockRuntime(module)',
    open: (index) => [`open: () => runtime.createSession(new Uint8Array(model${index}))`],
  });
  writeFileSync(join(folder, 'artefact.ts'), module);
}

/** Writes the artefact of `models`, which `baked` holds, into `folder`. */
export function writeBaked(models: readonly ModelFolder[], baked: Baked, folder: string): void {
  writeFileSync(join(folder, 'runtime.wasm'), baked.wasm);
  let warmMs = 0;
  const module = artefactModule(models, {
    imports: ["import { createBakedRuntime } from '../../shared/inference/baked-runtime.ts';"],
    runtime: `createBakedRuntime(module, ${baked.pages})`,
    open: (index) => {
      const { largest } = baked.calibrations[index] ?? {};
      const example = exampleOf(models[index]);
      const firstMs = baked.firstRunMs[index] ?? 0;
      const isWarm = warmMs + firstMs <= MAX_WARM_UP_MS && example.length > 0;
      if (isWarm) warmMs += firstMs;
      return [
        ...(baked.runtime === 'baked' && largest !== undefined ? [`largest: ${JSON.stringify(largest)}`] : []),
        ...(isWarm ? [`example: [${example.map(tensorCode).join(', ')}]`] : []),
        `open: () => runtime.openSession(${baked.handles[index]})`,
      ];
    },
  });
  writeFileSync(join(folder, 'artefact.ts'), module);
}

/** First runs that take longer together are left to the first requests, in milliseconds; a start may take 1,000. */
const MAX_WARM_UP_MS = 150;

/** Of a tensor with more elements, all are as the first one: the artefact is no place for an image. */
const MAX_EXAMPLE_ELEMENTS = 256;

function exampleOf(model: ModelFolder | undefined): readonly JsonTensor[] {
  const file = join(dirname(model?.onnx ?? ''), 'golden.json');
  if (!existsSync(file)) return [];
  return readGolden(file).cases[0]?.inputs ?? [];
}

function tensorCode({ name, datatype, shape, data }: JsonTensor): string {
  const [first = 0] = data;
  const code = (element: number | string) =>
    datatype === 'BYTES' ? JSON.stringify(element) : /INT64$/.test(datatype) ? `${element}n` : String(element);
  const array = datatype === 'BYTES' ? 'Array' : TYPED_ARRAYS[datatype].name;
  const elements =
    data.length > MAX_EXAMPLE_ELEMENTS
      ? `new ${array}(${data.length}).fill(${code(first)})`
      : `${array}.from([${data.map(code).join(', ')}])`;
  return `{ name: ${JSON.stringify(name)}, datatype: '${datatype}', shape: [${shape.join(', ')}], data: ${elements} }`;
}

interface ArtefactParts {
  readonly imports: readonly string[];
  /** The expression that makes the runtime, and for each model the members that are not its card. */
  readonly runtime: string;
  readonly open: (index: number) => readonly string[];
}

function artefactModule(models: readonly ModelFolder[], { imports, runtime, open }: ArtefactParts): string {
  return [
    '// Generated by `npm run build`. Do not edit.',
    "import type { Artefact } from '../artefact.d.ts';",
    "import module from './runtime.wasm';",
    ...imports,
    '',
    `const runtime = ${runtime};`,
    '',
    'export const artefact: Artefact = {',
    `  revision: '${revisionOf(models)}',`,
    '  runtime,',
    '  models: [',
    ...models.map(({ card }, i) => `    { ${[`card: ${JSON.stringify(card)}`, ...open(i)].join(', ')} },`),
    '  ],',
    '};',
    '',
  ].join('\n');
}

/** A digest of everything that decides an answer: the runtime, the cards, the models. */
function revisionOf(models: readonly ModelFolder[]): string {
  const hash = createHash('sha256').update(readFileSync(RUNTIME_WASM));
  for (const { card, onnx } of models) hash.update(JSON.stringify(card)).update(readFileSync(onnx));
  return hash.digest('hex').slice(0, 16);
}
