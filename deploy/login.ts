/** Whether wrangler may act for an account, and the one question that is asked where it may not. */
import { spawnSync } from 'node:child_process';
import { wrangler } from '../models/build/bundle.ts';
import { ROOT } from '../models/build/workers.ts';

/** Whether there is somebody to answer a question. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.env.CI === undefined;
}

/**
 * Opens wrangler's login where nobody is logged in. Throws where nobody can be asked, and where the login fails. What else
 * `wrangler whoami` fails on is left to the call that needs it: a token may deploy that cannot list accounts.
 */
export async function ensureLogin(otherwise: string): Promise<void> {
  const told = await wrangler(['whoami', '--json'], ROOT).catch(String);
  if (!/"loggedIn":\s*false/.test(told)) return;
  if (!isInteractive()) {
    throw new Error(
      `expected a login at Cloudflare, got none: npx wrangler login, or set CLOUDFLARE_API_TOKEN${otherwise}`,
    );
  }
  const { status, error } = spawnSync('wrangler', ['login'], { cwd: ROOT, stdio: 'inherit' });
  if (error !== undefined) throw new Error(`wrangler did not start: ${error.message}`);
  if (status !== 0) throw new Error('expected a login at Cloudflare, got none');
}
