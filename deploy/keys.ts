/**
 * `npm run keys -- new|list|revoke`: the API keys of a deployment. A key is printed once, alone on standard output; what is
 * to be done with it is on standard error. Exit codes: 0 done, 1 failed, 2 wrong use.
 */
import { randomBytes } from 'node:crypto';
import { relative, resolve } from 'node:path';
import { wranglerAtTerminal } from '../models/build/bundle.ts';
import { oneOf, parseCommandLine, UsageError } from '../models/build/command-line.ts';
import { type Run, runVerb } from '../models/build/program.ts';
import { ROOT, WORKER_CONFIGS } from '../models/build/workers.ts';
import { KEY_ID, type KeyEntry, makeKey, SCOPES } from '../shared/api-keys.ts';
import { KEY_FILE, readKeyFile, writeKeyFile } from './key-file.ts';
import { KEY_VERBS, KEYS, type KeyVerbName } from './manual.ts';

/** Workers that a key is for. */
const PUBLIC_WORKERS = ['combined', 'gateway'] as const;

const RUNS: Readonly<Record<KeyVerbName, Run>> = { new: make, list, revoke };

async function make(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(KEY_VERBS.new, args);
  const { file, entries, put } = open(values);
  const [id = randomBytes(4).toString('hex')] = positionals;
  if (!KEY_ID.test(id)) throw new UsageError(`ID: expected up to 32 of a-z, 0-9 and -, got ${JSON.stringify(id)}`);
  if (entries.some((entry) => entry.id === id)) {
    throw new UsageError(
      `ID: expected one that no key has, got ${JSON.stringify(id)}; revoke that one, or take another`,
    );
  }
  const scopes = (values.scope ?? 'infer').split('+').map((name) => oneOf('--scope', SCOPES, name));
  const { key, entry } = await makeKey(id, scopes, randomBytes(32).toString('base64url'));
  writeKeyFile(file, [...entries, entry]);
  process.stdout.write(`${key}\n`);
  log(
    `${id} opens ${scopes.join(' and ')}. This is the only time that the key is shown; its hash is in ${shown(file)}.`,
  );
  return spread(file, put);
}

async function list(args: readonly string[]): Promise<number> {
  const { values } = parseCommandLine(KEY_VERBS.list, args);
  for (const { id, scopes } of open(values).entries) process.stdout.write(`${id.padEnd(32)}  ${scopes.join('+')}\n`);
  return 0;
}

async function revoke(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(KEY_VERBS.revoke, args);
  const { file, entries, put } = open(values);
  const ids = entries.map(({ id }) => id);
  const [id = ''] = positionals;
  if (!ids.includes(id)) {
    const expected = ids.length === 0 ? 'nothing, as there are no keys' : `one of ${ids.join(', ')}`;
    throw new UsageError(`ID: expected ${expected}, got ${JSON.stringify(id)}`);
  }
  writeKeyFile(
    file,
    entries.filter((entry) => entry.id !== id),
  );
  log(`${id} is revoked once a deployment has the list without it.`);
  if (ids.length === 1) log('No key is left, so nobody is let in; to switch keys off, delete file and secret.');
  return spread(file, put);
}

type PublicWorker = (typeof PUBLIC_WORKERS)[number];

interface KeyList {
  readonly file: string;
  readonly entries: readonly KeyEntry[];
  /** The Worker that is to have the list when it has changed. */
  readonly put: PublicWorker | undefined;
}

function open({ file: name = KEY_FILE, put }: { readonly file?: string; readonly put?: string }): KeyList {
  const file = resolve(ROOT, name);
  return { file, entries: readKeyFile(file), put: put === undefined ? put : oneOf('--put', PUBLIC_WORKERS, put) };
}

/** Puts the list where a deployment has it, or says how. */
function spread(file: string, put: PublicWorker | undefined): number {
  const bulk = (worker: PublicWorker) => ['secret', 'bulk', shown(file), '-c', WORKER_CONFIGS[worker]];
  if (put !== undefined) return wranglerAtTerminal(bulk(put), ROOT, { stdio: ['inherit', 2, 2] }) ?? 1;
  const next =
    shown(file) === KEY_FILE
      ? `The next npm run deploy or deploy:pair takes ${KEY_FILE} along. Or at once:`
      : 'At once:';
  log(`${next}
  npx wrangler ${bulk('combined').join(' ')}
  npx wrangler ${bulk('gateway').join(' ')}
On this machine: npm run dev -- --env-file ${shown(file)}; deno serve and bun take --env-file=${shown(file)} too.`);
  return 0;
}

/** As one types it in the root folder. */
function shown(file: string): string {
  return relative(ROOT, file);
}

function log(text: string): void {
  process.stderr.write(`${text}\n`);
}

await runVerb(KEYS, async (verb) => RUNS[verb]);
