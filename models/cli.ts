/**
 * `npm run models -- <verb>`: adds, lists, describes and makes models. Results go to standard output, progress and
 * errors to standard error. Exit codes: 0 done, 1 refused or failed, 2 wrong use.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { addModel, type KnownInputs } from './build/add-model.ts';
import { build } from './build/build.ts';
import { findCases } from './build/conformance/case-folder.ts';
import { isRegression } from './build/conformance/outcome.ts';
import { printReport } from './build/conformance/report.ts';
import { EXAMPLES_FILE } from './build/examples.ts';
import { inspect } from './build/inspect.ts';
import { findFolder, listModels, removeModel } from './build/model-list.ts';
import { modelNameOf } from './build/model-name.ts';
import { parseCommandLine, selectModels, UsageError } from './build/options.ts';
import { trainModels } from './build/train-models.ts';
import { ROOT } from './build/workers.ts';

const MODELS = join(ROOT, 'models');

interface Verb {
  /** What follows the verb. */
  readonly operands: string;
  readonly about: string;
  /** How many operands there must be, at least and at most. */
  readonly count: readonly [number, number];
  readonly run: (operand: string, options: VerbOptions) => Promise<void> | void;
}

interface VerbOptions {
  readonly name: string | undefined;
  readonly known: KnownInputs;
}

const VERBS: Readonly<Record<string, Verb>> = {
  add: { operands: 'FILE.onnx', about: 'adds a model, after running it', count: [1, 1], run: add },
  remove: { operands: 'NAME', about: 'removes a model that was added', count: [1, 1], run: remove },
  list: { operands: '', about: 'lists the models', count: [0, 0], run: () => print(listModels(MODELS)) },
  inspect: { operands: 'FILE|NAME', about: 'describes a model and its cost', count: [1, 1], run: inspectModel },
  train: { operands: '[NAME]', about: 'trains a model, or all, anew', count: [0, 1], run: train },
  bake: { operands: '', about: 'makes what an isolate loads', count: [0, 0], run: bake },
  conformance: { operands: 'DIR', about: "runs the ONNX standard's backend tests", count: [1, 1], run: conformance },
  verify: { operands: '', about: 'runs every model on workerd against its golden file', count: [0, 0], run: verify },
};

async function add(file: string, { name, known }: VerbOptions): Promise<void> {
  const added = await addModel({ models: MODELS, file, known, log, ...(name === undefined ? {} : { name }) });
  const { card, golden, memory } = added;
  for (const warning of added.warnings) log(`WARNING: ${warning}`);
  const examples = added.hasExamples ? ', examples.json' : '';
  print(
    `added ${relative(ROOT, added.folder)}: model.onnx, card.json, golden.json (${golden.cases.length} case(s))${examples}\n` +
      `memory of an isolate with all models: about ${memory}\n` +
      `next: npm run build, after which POST /v2/models/${card.name}/infer answers; npm run models -- inspect ${card.name}\n`,
  );
}

function remove(name: string): void {
  removeModel(MODELS, name);
  print(`removed models/${name}; next: npm run build\n`);
}

/** A file of that name goes before a model. */
async function inspectModel(operand: string, { known }: VerbOptions): Promise<void> {
  const isFile = statSync(operand, { throwIfNoEntry: false })?.isFile() || /[/\\]|\.onnx$/i.test(operand);
  if (isFile) return print(await inspect({ file: operand, name: modelNameOf(basename(operand)), known, log }));
  const folder = findFolder(MODELS, operand);
  const kept = join(folder, EXAMPLES_FILE);
  const isHinted = known.shapes.length + known.values.length > 0;
  const examples = existsSync(kept) && !isHinted ? [kept, ...known.examples] : known.examples;
  print(await inspect({ file: join(folder, 'model.onnx'), name: operand, known: { ...known, examples }, log }));
}

async function train(name: string): Promise<void> {
  await trainModels(MODELS, name === '' ? undefined : name, log);
}

async function bake(): Promise<void> {
  await build();
}

async function verify(): Promise<void> {
  const { root } = await build();
  const models = selectModels(undefined);
  log(`running ${models.length} model(s) on workerd`);
  // Imported only here: it brings wrangler in, which takes a while.
  const { verify } = await import('./build/verify.ts');
  await verify(models, root);
  print(`${models.length} model(s) answer on workerd as their golden files say\n`);
}

async function conformance(folder: string): Promise<void> {
  const cases = findCases(folder);
  log(`${cases.length} case(s)`);
  // Imported only here: it brings wrangler in, which takes a while.
  const { runCases } = await import('./build/conformance/conformance.ts');
  const results = await runCases(cases, log);
  print(printReport(results));
  const worse = results.filter(isRegression).length;
  if (worse > 0) throw new Error(`expected the baked runtime to do as well as stock, got ${worse} case(s) worse`);
}

function usage(): string {
  const lines = Object.entries(VERBS).map(
    ([verb, { operands, about }]) => `  ${`${verb} ${operands}`.padEnd(20)}${about}\n`,
  );
  return `npm run models -- <verb>\n${lines.join('')}${OPTIONS}`;
}

const OPTIONS = `add and inspect also take, each as often as needed, what is known of a model's inputs:
  --example FILE.json a request on which it runs, as a client sends it
  --shape NAME=1,512  the shape of an input
  --value NAME=16000  what every element of an input is
add takes --name N, the name to serve the model under
`;

/** `--shape` and `--value` as typed, by name. Throws `UsageError`. */
function readAssignments<T>(
  option: string,
  texts: readonly string[],
  read: (text: string) => T | undefined,
): (readonly [string, T])[] {
  const assignments = texts.map((text) => {
    const at = text.indexOf('=');
    const value = at < 1 ? undefined : read(text.slice(at + 1));
    if (value === undefined)
      throw new UsageError(`--${option}: expected ${ASSIGNMENTS[option]}, got ${JSON.stringify(text)}`);
    return [text.slice(0, at), value] as const;
  });
  const names = assignments.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return assignments;
  throw new UsageError(`--${option}: expected each input once, got "${twice}" twice`);
}

const ASSIGNMENTS: Readonly<Record<string, string>> = {
  shape: 'NAME=SIZE,SIZE,... as --shape x=1,512',
  value: 'NAME=VALUE as --value sr=16000',
};

function readShape(text: string): number[] | undefined {
  const sizes = text === '' ? [] : text.split(',');
  return sizes.every((size) => /^\d{1,9}$/.test(size)) ? sizes.map(Number) : undefined;
}

function print(text: string): void {
  process.stdout.write(text);
}

function log(message: string): void {
  process.stderr.write(`models: ${message}\n`);
}

async function run(args: string[]): Promise<void> {
  const options = {
    name: { type: 'string' },
    example: { type: 'string', multiple: true },
    shape: { type: 'string', multiple: true },
    value: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h' },
  } as const;
  const { positionals, values } = parseCommandLine({ args, options, allowPositionals: true });
  const [name, ...operands] = positionals;
  if (name === undefined || values.help === true) return print(usage());
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) throw new UsageError(`verb: expected ${Object.keys(VERBS).join(', ')}, got "${name}"`);
  const [least, most] = verb.count;
  if (operands.length < least || operands.length > most) {
    throw new UsageError(`${name}: expected "${`${name} ${verb.operands}`.trim()}", got ${operands.length} operand(s)`);
  }
  if (values.name !== undefined && name !== 'add') throw new UsageError(`${name}: expected no --name, got one`);
  const { example = [], shape = [], value = [] } = values;
  if (example.length + shape.length + value.length > 0 && name !== 'add' && name !== 'inspect') {
    throw new UsageError(`${name}: expected no --example, --shape or --value, got one`);
  }
  const shapes = readAssignments('shape', shape, readShape);
  const known = { examples: example, shapes, values: readAssignments('value', value, String) };
  await verb.run(operands[0] ?? '', { name: values.name, known });
}

try {
  await run(process.argv.slice(2));
} catch (cause) {
  log(cause instanceof Error ? cause.message : String(cause));
  process.exitCode = cause instanceof UsageError ? 2 : 1;
}
