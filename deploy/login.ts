/** Whether wrangler may act for an account, and the one question that is asked where it may not. */
import { wrangler, wranglerAtTerminal } from '../models/build/bundle.ts';
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
  if (wranglerAtTerminal(['login'], ROOT) !== 0) throw new Error('expected a login at Cloudflare, got none');
}
