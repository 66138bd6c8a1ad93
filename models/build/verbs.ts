/** The verbs of `npm run models`. Results go to standard output, progress to standard error; each throws what is wrong. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { addModel, type KnownInputs } from './add-model.ts';
import { build } from './build.ts';
import { parseCommandLine, UsageError } from './command-line.ts';
import { findCases } from './conformance/case-folder.ts';
import { isRegression } from './conformance/outcome.ts';
import { printReport } from './conformance/report.ts';
import { EXAMPLES_FILE } from './examples.ts';
import { inspect } from './inspect.ts';
import { moveLabel } from './labels.ts';
import { VERBS, type VerbName } from './manual.ts';
import { defaultVersions, findModels } from './model-folder.ts';
import { findVersions, listModels, removeModel } from './model-list.ts';
import { modelNameOf } from './model-name.ts';
import { modelTypes } from './model-types.ts';
import { selectModels } from './options.ts';
import type { Run } from './program.ts';
import { printReplayed, readKept, replay } from './replay.ts';
import { trainModels } from './train-models.ts';
import { ROOT } from './workers.ts';

const MODELS = join(ROOT, 'models');

export const RUNS: Readonly<Record<VerbName, Run>> = {
  add,
  remove,
  label,
  list: async (args) => {
    parseCommandLine(VERBS.list, args);
    return print(listModels(MODELS));
  },
  inspect: inspectModel,
  train: async (args) => {
    const { positionals } = parseCommandLine(VERBS.train, args);
    await trainModels(MODELS, positionals[0], log);
    return 0;
  },
  bake: async (args) => {
    parseCommandLine(VERBS.bake, args);
    await build();
    return 0;
  },
  verify,
  conformance,
  replay: replayFile,
  types: async (args) => {
    parseCommandLine(VERBS.types, args);
    return print(modelTypes(defaultVersions(findModels(MODELS)).map(({ card }) => card)));
  },
};

async function add(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(VERBS.add, args);
  const [file = ''] = positionals;
  const { version } = values;
  const name = values.name === undefined ? {} : { name: values.name };
  const added = await addModel({ models: MODELS, file, version, known: readKnown(values), log, ...name });
  const { card, golden, memory } = added;
  for (const warning of added.warnings) log(`WARNING: ${warning}`);
  const examples = added.hasExamples ? ', examples.json' : '';
  const path = `/v2/models/${card.name}${version === undefined ? '' : `/versions/${version}`}/infer`;
  return print(
    `added ${relative(ROOT, added.folder)}: model.onnx, card.json, golden.json (${golden.cases.length} case(s))${examples}\n` +
      `memory of an isolate with all models: about ${memory}\n` +
      `next: npm run build, after which POST ${path} answers; npm run models -- inspect ${card.name}\n`,
  );
}

async function remove(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(VERBS.remove, args);
  const [name = ''] = positionals;
  removeModel(MODELS, name, values.version);
  const version = values.version === undefined ? '' : `, version ${values.version}`;
  return print(`removed models/${name}${version}; next: npm run build\n`);
}

async function label(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(VERBS.label, args);
  const [name = '', label = '', version] = positionals;
  if ((version === undefined) !== (values.remove ?? false)) {
    throw new UsageError('label: expected either a version or --remove; see npm run models -- label --help');
  }
  moveLabel({ models: MODELS, name, label, version });
  const moved = version === undefined ? `is no label of ${name}` : `is version ${version} of ${name}`;
  return print(`${label} ${moved}; next: npm run build\n`);
}

/** A file of that name goes before a model. */
async function inspectModel(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(VERBS.inspect, args);
  const known = readKnown(values);
  const [operand = ''] = positionals;
  const isFile = statSync(operand, { throwIfNoEntry: false })?.isFile() || /[/\\]|\.onnx$/i.test(operand);
  if (isFile) return print(await inspect({ file: operand, name: modelNameOf(basename(operand)), known, log }));
  const [{ onnx }] = findVersions(MODELS, operand);
  const kept = join(dirname(onnx), EXAMPLES_FILE);
  const isHinted = known.shapes.length + known.values.length > 0;
  const examples = existsSync(kept) && !isHinted ? [kept, ...known.examples] : known.examples;
  return print(await inspect({ file: onnx, name: operand, known: { ...known, examples }, log }));
}

async function replayFile(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(VERBS.replay, args);
  const { url = 'http://localhost:8787', against = url, version, 'against-version': other = version, model } = values;
  const tolerance = Number(values.tolerance ?? 0);
  if (!(tolerance >= 0)) throw new UsageError(`--tolerance: expected a number from 0 on, got ${values.tolerance}`);
  if (against === url && other === version) {
    throw new UsageError(
      'replay: expected --against or --against-version, as one deployment answers alike, got neither',
    );
  }
  for (const text of [url, against]) {
    if (!/^https?:/.test(text) || !URL.canParse(text))
      throw new UsageError(`expected an http or https URL, got ${text}`);
  }
  const replayed = await replay(readKept(positionals[0] ?? '', model), [
    { url, version },
    { url: against, version: other },
  ]);
  print(printReplayed(replayed, tolerance));
  return replayed.some(({ difference }) => difference > tolerance) ? 1 : 0;
}

async function verify(args: readonly string[]): Promise<number> {
  parseCommandLine(VERBS.verify, args);
  const { root } = await build();
  const models = selectModels(undefined);
  log(`running ${models.length} model(s) on workerd`);
  // Imported only here: it brings Miniflare in, which takes a while.
  const { verify } = await import('./verify.ts');
  await verify(models, root);
  return print(`${models.length} model(s) answer on workerd as their golden files say\n`);
}

async function conformance(args: readonly string[]): Promise<number> {
  const [folder = ''] = parseCommandLine(VERBS.conformance, args).positionals;
  const cases = findCases(folder);
  log(`${cases.length} case(s)`);
  // Imported only here: it brings Miniflare in, which takes a while.
  const { runCases } = await import('./conformance/conformance.ts');
  const results = await runCases(cases, log);
  print(printReport(results));
  const worse = results.filter(isRegression).length;
  if (worse > 0) throw new Error(`expected the baked runtime to do as well as stock, got ${worse} case(s) worse`);
  return 0;
}

interface KnownArgs {
  readonly example?: string[] | undefined;
  readonly shape?: string[] | undefined;
  readonly value?: string[] | undefined;
}

/** What is told of a model's inputs. Throws `UsageError`. */
function readKnown({ example = [], shape = [], value = [] }: KnownArgs): KnownInputs {
  const shapes = readAssignments('shape', shape, readShape);
  return { examples: example, shapes, values: readAssignments('value', value, String) };
}

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

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function log(message: string): void {
  process.stderr.write(`models: ${message}\n`);
}
