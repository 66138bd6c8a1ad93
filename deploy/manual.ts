/** The command lines of `npm run deploy`, `undeploy`, `canary` and `keys`. */
import type { Command, Options, Program } from '../models/build/command-line.ts';
import { BUILD_ARGS } from '../models/build/options.ts';

export const DEPLOY = {
  script: 'deploy',
  about:
    'Builds, looks for what would keep the Workers from running, uploads the one (deploy), or predictor and gateway ' +
    '(deploy:pair), and holds what their URL answers against the golden files.',
  options: {
    ...BUILD_ARGS,
    temporary: { type: 'boolean', help: 'without an account: a URL for 60 minutes, and a link to claim it' },
    only: { type: 'string', value: 'WORKER', help: 'predictor or gateway: that half of the pair' },
    canary: {
      type: 'boolean',
      help: 'the predictor alone, under the name of the one on trial; see npm run canary -- --help',
    },
    url: { type: 'string', value: 'URL', help: 'where it answers, to be checked; else its workers.dev address' },
    'allow-stock': { type: 'boolean', help: 'deploys a build whose runtime cannot be reset' },
    'dry-run': { type: 'boolean', help: 'does all that needs no account, and uploads nothing' },
  },
  note:
    'Every other option goes to every wrangler deploy, as npx wrangler deploy --help has them. A key to check a deployment ' +
    'with that asks for one is taken from TANDEM_API_KEY.',
  exitCodes:
    '0 done, 1 a build that must not be deployed or a URL that does not answer as it should, 2 wrong use, else that of ' +
    'the first wrangler that fails',
  examples: [
    'npm run deploy',
    'npm run deploy -- --temporary',
    'npm run deploy:pair -- --dry-run',
    'npm run deploy:pair -- --only predictor',
  ],
} as const satisfies Command;

export const UNDEPLOY = {
  script: 'undeploy',
  about: 'Deletes the Workers of both deployments, the gateway before its predictor, after one question.',
  options: {
    only: { type: 'string', value: 'WORKER', help: 'combined, gateway or predictor; all that are there, if not given' },
    yes: { type: 'boolean', help: 'asks nothing' },
  },
  note: 'What --temporary deployed ends by itself.',
  exitCodes: '0 done, 1 failed or not wanted, 2 wrong use',
  examples: ['npm run undeploy', 'npm run undeploy -- --only combined --yes'],
} as const satisfies Command;

export const CANARY = {
  script: 'canary',
  operands: 'STATE',
  about:
    "Says whose requests the gateway's predictor on trial gets, by its secret CANARY, at once and without a build.",
  options: {},
  note:
    'STATE: a percentage of the callers, 0 to 100; shadow, for copies of all requests; promote, which is 100; abort, for none. ' +
    'deploy:pair -- --canary uploads the predictor on trial, and PREDICTOR_CANARY in workers/gateway/wrangler.toml binds it. ' +
    'Elsewhere than on Cloudflare CANARY is an environment variable.',
  exitCodes: '0 done, 1 failed, 2 wrong use, else that of wrangler',
  examples: ['npm run canary -- shadow', 'npm run canary -- 5', 'npm run canary -- promote', 'npm run canary -- abort'],
} as const satisfies Command;

const KEY_FILE = {
  file: { type: 'string', value: 'FILE', help: 'the list of the keys, as hashes (default .api-keys)' },
} as const satisfies Options;

const KEY_LIST = {
  ...KEY_FILE,
  put: {
    type: 'string',
    value: 'combined|gateway',
    help: 'sends the list to that Worker, as wrangler secret bulk does',
  },
} as const satisfies Options;

const NEW_KEY = {
  scope: { type: 'string', value: 'infer+admin', help: 'what it opens: infer (default), admin, or both' },
  ...KEY_LIST,
} as const satisfies Options;

export const KEY_VERBS = {
  new: keyVerb({
    verb: 'new',
    operands: '[ID]',
    about: 'Makes a key and prints it, once.',
    options: NEW_KEY,
    note: 'Its id, random if not given, names the caller in logs and limits. For a new key in place of another: new, put, change the clients, revoke.',
    examples: [
      'npm run keys -- new',
      'npm run keys -- new grafana --scope admin',
      'npm run keys -- new ci --put gateway',
    ],
  }),
  list: keyVerb({
    verb: 'list',
    about: 'Lists the keys: ids and what they open.',
    options: KEY_FILE,
    examples: ['npm run keys -- list'],
  }),
  revoke: keyVerb({
    verb: 'revoke',
    operands: 'ID',
    about: 'Takes a key off the list.',
    options: KEY_LIST,
    examples: ['npm run keys -- revoke ci', 'npm run keys -- revoke ci --put combined'],
  }),
} as const;

function keyVerb<T extends Options>(command: Omit<Command<T>, 'script' | 'exitCodes'>): Command<T> {
  return { script: 'keys', exitCodes: '0 done, 1 failed, 2 wrong use, else that of wrangler', ...command };
}

export type KeyVerbName = keyof typeof KEY_VERBS;

export const KEYS: Program<KeyVerbName> = {
  script: 'keys',
  about: 'Makes, lists and revokes the API keys of a deployment, which has them as the secret API_KEYS.',
  verbs: KEY_VERBS,
  examples: ['npm run keys -- new ci', 'npm run keys -- list', 'npm run keys -- revoke ci'],
};
