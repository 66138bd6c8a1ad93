/**
 * Where models lie: models/NAME has the files of one version, and those of others are in folders of their numbers within
 * it, as models/NAME/2. A version may have labels, in its card.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { ModelCard } from '../../shared/model-card.ts';
import { isVersionNumber } from './model-name.ts';

/** A version of a model: its card, and its ONNX file, beside which all its other files are. */
export interface ModelFolder {
  readonly card: ModelCard;
  readonly onnx: string;
}

/** The label of the version that answers where a request names none; without it the first one does. */
const DEFAULT_LABEL = 'stable';

/**
 * Every version of every model in `root`, by name; of each model the one in its own folder, then the others by number.
 * Throws on a card that does not fit its schema or folder, and where two versions have one number or label.
 */
export function findModels(root: string): ModelFolder[] {
  const names = readdirSync(root).filter((name) => statSync(join(root, name)).isDirectory());
  return names.sort().flatMap((name) => readVersions(join(root, name), name));
}

/** The versions of the model `name`, whose folder is `folder`. */
function readVersions(folder: string, name: string): ModelFolder[] {
  const numbers = readdirSync(folder).filter(isVersionNumber);
  numbers.sort((a, b) => Number(a) - Number(b));
  const versions = [undefined, ...numbers].flatMap((number) => {
    const onnx = join(folder, number ?? '', 'model.onnx');
    return existsSync(onnx) ? { card: readCard(join(dirname(onnx), 'card.json'), name, number), onnx } : [];
  });
  const names = versions.flatMap(({ card }) => [card.version, ...(card.labels ?? [])]);
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) throw new Error(`${folder}: expected each version and label once, got "${twice}" twice`);
  return versions;
}

/** The versions of each model, the one that answers where a request names none before its others. */
function servedVersions(models: readonly ModelFolder[]): ModelFolder[][] {
  const isDefault = ({ card }: ModelFolder) => card.labels?.includes(DEFAULT_LABEL) ?? false;
  const byName = Map.groupBy(models, ({ card }) => card.name).values();
  return [...byName].map((versions) => versions.toSorted((a, b) => Number(isDefault(b)) - Number(isDefault(a))));
}

/** The versions in the order in which they are served. */
export function inServedOrder(models: readonly ModelFolder[]): ModelFolder[] {
  return servedVersions(models).flat();
}

/** Of each model the version that answers where a request names none. */
export function defaultVersions(models: readonly ModelFolder[]): ModelFolder[] {
  return servedVersions(models).flatMap(([first]) => first ?? []);
}

/**
 * The folder of a version that is to be added: the model's own, or where the model is there one within it, for which it
 * takes a number. Throws where there is none that is free.
 */
export function freeFolder(models: string, name: string, version: string | undefined): string {
  if (version !== undefined && !isVersionNumber(version)) {
    throw new Error(`version: expected a whole number of 1 or more, got ${JSON.stringify(version)}`);
  }
  const own = join(models, name);
  if (!existsSync(own)) return own;
  const cards = readVersions(own, name).map(({ card }) => card);
  const folder = join(own, version ?? '');
  if (!existsSync(folder) && !cards.some((card) => card.version === version)) return folder;
  const got = version === undefined ? `"${name}"` : `version ${version} of "${name}"`;
  throw new Error(
    `name: expected one that is free, got ${got}, which is taken; give another --name or --version, or remove it first`,
  );
}

/** The card in a file. Throws when it does not fit its schema, or has another name or version than its folders. */
export function readCard(file: string, name: string, version?: string): ModelCard {
  const parsed = v.safeParse(ModelCard, JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(`${file}, ${v.getDotPath(issue)}: expected ${expectedOf(issue)}, got ${issue.received}`);
  }
  const card = parsed.output;
  if (card.name !== name) throw new Error(`${file}: expected the name "${name}", got "${card.name}"`);
  if (card.version !== (version ?? card.version)) {
    throw new Error(`${file}: expected the version "${version}", got "${card.version}"`);
  }
  const outputs = card.outputs.map((output) => output.name);
  if (!outputs.includes(card.primaryOutput)) {
    const got = card.primaryOutput;
    throw new Error(`${file}, primaryOutput: expected one of the outputs "${outputs.join('", "')}", got "${got}"`);
  }
  return card;
}

/** The schema's own word, where it is one that says something. */
function expectedOf({ type, expected }: v.BaseIssue<unknown>): string | null {
  if (type === 'integer') return 'a whole number';
  return expected === 'never' ? 'no member of that name' : expected;
}
