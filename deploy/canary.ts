/**
 * `npm run canary`: whose requests the predictor on trial gets. It changes one secret of the gateway, which a deployment
 * after it leaves as it is.
 */
import { wrangler, wranglerAtTerminal } from '../models/build/bundle.ts';
import { parseCommandLine, UsageError } from '../models/build/command-line.ts';
import { runCommand } from '../models/build/program.ts';
import { canaryName, ROOT, readConfig } from '../models/build/workers.ts';
import { readTrial } from '../shared/release/canary.ts';
import { CANARY } from './manual.ts';

/** Words for what the var has no word for. */
const STATES: ReadonlyMap<string, string> = new Map([
  ['promote', '100'],
  ['abort', 'off'],
]);

const AFTER: ReadonlyMap<string, string> = new Map([
  [
    'promote',
    'All callers have the predictor on trial now. To make it the predictor: npm run deploy:pair -- --only predictor, then npm run canary -- abort.',
  ],
  [
    'abort',
    `Nobody has the predictor on trial now. Once the gateway has no binding to it: npx wrangler delete ${canaryName()}`,
  ],
]);

async function canary(args: readonly string[]): Promise<number> {
  const [word = ''] = parseCommandLine(CANARY, args).positionals;
  const state = STATES.get(word) ?? word;
  checkState(state, word);
  const { name, services, vars } = readConfig('gateway');
  const isBound = services.some(({ binding }) => binding === 'PREDICTOR_CANARY');
  if (state !== 'off' && !isBound && vars.PREDICTOR_CANARY_URL === undefined) {
    throw new Error(
      'expected a binding PREDICTOR_CANARY in workers/gateway/wrangler.toml, got none; take its # signs away there, and deploy the gateway',
    );
  }
  // Else wrangler makes an empty Worker for the secret.
  await wrangler(['secret', 'list', '--name', name], ROOT);
  const put = ['secret', 'put', 'CANARY', '--name', name];
  const code = wranglerAtTerminal(put, ROOT, { stdio: ['pipe', 2, 2], input: state }) ?? 1;
  if (code === 0) process.stdout.write(`${name}: CANARY is ${state}. ${AFTER.get(word) ?? ''}\n`);
  return code;
}

/** Throws `UsageError`. */
function checkState(state: string, typed: string): void {
  try {
    readTrial({ CANARY: state });
  } catch {
    throw new UsageError(
      `STATE: expected a percentage, 0 to 100, shadow, promote or abort, got ${JSON.stringify(typed)}`,
    );
  }
}

await runCommand(CANARY, canary);
