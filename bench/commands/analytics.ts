/** After a run: what Cloudflare's analytics say of the deployed targets whose scripts are named. */
import { readAnalytics } from '../meters/analytics.ts';
import type { RunOptions } from '../options.ts';
import type { OpenRun } from '../run/run-folder.ts';

const API = 'https://api.cloudflare.com/client/v4';

/**
 * Writes down CPU and memory of every script since `from`. What cannot be had is a note, never a failure. Token, account
 * and, for tests or a proxy, the API's address are those of the environment variables that wrangler reads:
 * CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_BASE_URL
 * (https://developers.cloudflare.com/workers/wrangler/system-environment-variables/).
 */
export async function recordAnalytics(
  { scripts }: Pick<RunOptions, 'scripts'>,
  run: Pick<OpenRun, 'write'>,
  from: Date,
): Promise<void> {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_ACCOUNT_ID: account, CLOUDFLARE_API_BASE_URL: base } = process.env;
  const endpoint = `${base || API}/graphql`;
  for (const [subject, names] of scripts) {
    const query = { endpoint, token, account, subject, scripts: names, from, to: new Date() };
    for (const record of await readAnalytics(query)) run.write(record);
  }
}
