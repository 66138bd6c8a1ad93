/**
 * `npm run models -- <verb>`: adds, lists, describes and makes models. Results go to standard output, progress and
 * errors to standard error. Exit codes: 0 done, 1 refused or failed, 2 wrong use.
 */
import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { addModel } from './build/add-model.ts';
import { build } from './build/build.ts';
import { findCases } from './build/conformance/case-folder.ts';
import { isRegression } from './build/conformance/outcome.ts';
import { printReport } from './build/conformance/report.ts';
import { inspect } from './build/inspect.ts';
import { findFolder, listModels, removeModel } from './build/model-list.ts';
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
  readonly run: (operand: string, name: string | undefined) => Promise<void> | void;
}

const VERBS: Readonly<Record<string, Verb>> = {
  add: { operands: 'FILE.onnx [--name N]', about: 'adds a model, after running it', count: [1, 1], run: add },
  remove: { operands: 'NAME', about: 'removes a model that was added', count: [1, 1], run: remove },
  list: { operands: '', about: 'lists the models', count: [0, 0], run: () => print(listModels(MODELS)) },
  inspect: { operands: 'FILE|NAME', about: 'describes a model and its cost', count: [1, 1], run: inspectModel },
  train: { operands: '[NAME]', about: 'trains a model, or all, anew', count: [0, 1], run: train },
  bake: { operands: '', about: 'makes what an isolate loads', count: [0, 0], run: bake },
  conformance: { operands: 'DIR', about: "runs the ONNX standard's backend tests", count: [1, 1], run: conformance },
  verify: { operands: '', about: 'runs every model on workerd against its golden file', count: [0, 0], run: verify },
};

async function add(file: string, name: string | undefined): Promise<void> {
  const added = await addModel({ models: MODELS, file, log, ...(name === undefined ? {} : { name }) });
  const { card, golden, memory } = added;
  print(
    `added ${relative(ROOT, added.folder)}: model.onnx, card.json, golden.json (${golden.cases.length} case(s))\n` +
      `memory of an isolate with all models: about ${memory}\n` +
      `next: npm run build, after which POST /v2/models/${card.name}/infer answers; npm run models -- inspect ${card.name}\n`,
  );
}

function remove(name: string): void {
  removeModel(MODELS, name);
  print(`removed models/${name}; next: npm run build\n`);
}

/** A file of that name goes before a model. */
async function inspectModel(operand: string): Promise<void> {
  const isFile = statSync(operand, { throwIfNoEntry: false })?.isFile() || /[/\\]|\.onnx$/.test(operand);
  print(await inspect(isFile ? operand : join(findFolder(MODELS, operand), 'model.onnx'), log));
}

async function train(name: string | undefined): Promise<void> {
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
    ([verb, { operands, about }]) => `  ${`${verb} ${operands}`.padEnd(28)}${about}\n`,
  );
  return `npm run models -- <verb>\n${lines.join('')}`;
}

function print(text: string): void {
  process.stdout.write(text);
}

function log(message: string): void {
  process.stderr.write(`models: ${message}\n`);
}

async function run(args: string[]): Promise<void> {
  const options = { name: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
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
  await verb.run(operands[0] ?? '', values.name);
}

try {
  await run(process.argv.slice(2));
} catch (cause) {
  log(cause instanceof Error ? cause.message : String(cause));
  process.exitCode = cause instanceof UsageError ? 2 : 1;
}
