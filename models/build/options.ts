/**
 * What a build can be asked for, and where such a build stands. The default build is the one that the wrangler
 * configurations see; every other one stands beside it in a folder of its own.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Options, UsageError } from './command-line.ts';
import { findModels, type ModelFolder } from './model-folder.ts';
import { ROOT } from './workers.ts';

/** Ways to make the runtime that an isolate starts with. */
export const RUNTIMES = ['baked', 'whole', 'stock'] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** The runtime of a build that names none. */
export const DEFAULT_RUNTIME: RuntimeName = 'baked';

export interface BuildOptions {
  readonly runtime?: RuntimeName;
  /** Names of the models to build; all of them when there is no list. */
  readonly models?: readonly string[];
}

/** The options of every program that builds. */
export const BUILD_ARGS = {
  runtime: {
    type: 'string',
    value: 'R',
    help: `what runs the models: ${RUNTIMES.join(', ')} (default ${DEFAULT_RUNTIME}); see models/README.md`,
  },
  models: { type: 'string', value: 'a,b', help: 'the models to build (default: all)' },
} as const satisfies Options;

/** `--runtime` and `--models` as typed. Throws `UsageError`. */
export function readBuildOptions(values: { runtime?: string | undefined; models?: string | undefined }): BuildOptions {
  const runtime = RUNTIMES.find((name) => name === values.runtime);
  if (values.runtime !== undefined && runtime === undefined) {
    throw new UsageError(`--runtime: expected ${RUNTIMES.join(' or ')}, got ${JSON.stringify(values.runtime)}`);
  }
  const models = values.models?.split(',');
  selectModels(models);
  return { ...(runtime === undefined ? {} : { runtime }), ...(models === undefined ? {} : { models }) };
}

/** The folders of the models named, or of all, by name. Throws `UsageError` for a name that is not there. */
export function selectModels(names: readonly string[] | undefined): ModelFolder[] {
  const models = findModels(join(ROOT, 'models'));
  if (names === undefined) return models;
  const known = models.map(({ card }) => card.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--models: expected a list of ${known.join(', ')}, got ${JSON.stringify(unknown)}`);
  }
  return models.filter(({ card }) => names.includes(card.name));
}

/** Longest list of models that names a folder, in characters; file systems take some 255. */
const MAX_LIST = 200;

/** The folder in which a build is made: its own copy of the Workers, models/dist and dist. */
export function stageFolder({ runtime = DEFAULT_RUNTIME, models }: BuildOptions): string {
  const list = models === undefined ? '' : `-${[...new Set(models)].sort().join('+')}`;
  const digest = () => `-${createHash('sha256').update(list).digest('hex').slice(0, 16)}`;
  return join(ROOT, 'dist/builds', runtime + (list.length > MAX_LIST ? digest() : list));
}

/** The root folder under which a finished build stands: the project's own for the default build. */
export function buildRoot(options: BuildOptions): string {
  const isDefault = (options.runtime ?? DEFAULT_RUNTIME) === DEFAULT_RUNTIME && options.models === undefined;
  return isDefault ? ROOT : stageFolder(options);
}
