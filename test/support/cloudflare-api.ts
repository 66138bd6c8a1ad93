/**
 * Stands in for Cloudflare's API while wrangler works: it keeps what it is asked, and answers as documented for one account
 * that holds Workers. https://developers.cloudflare.com/api/resources/workers/
 */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from './listen.ts';

/** A request as it came. */
export interface ApiRequest {
  /** Method and path, without the account, as `PUT /workers/scripts/NAME`. */
  readonly call: string;
  readonly authorization: string;
  /** The parts of a multipart body; the text of any other one is the part `body`. */
  readonly form: FormData;
}

export interface CloudflareApi {
  readonly url: URL;
  readonly asked: ApiRequest[];
  /** Names of the Workers that are there. Each has a secret, `API_KEYS`. */
  readonly workers: Set<string>;
  /** Names of Workers that may not be uploaded. */
  readonly refused: Set<string>;
  /** What makes wrangler ask it, logged in by a token or by nothing. */
  environment(token?: string): NodeJS.ProcessEnv;
  close(): void;
}

/** A result, or an error by its number. */
type Answer = { readonly result: unknown } | { readonly code: number; readonly message: string };

const NOT_THERE = { code: 10_007, message: 'This Worker does not exist on your account.' };

const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString();

/** The token of the temporary account. */
export const TEMPORARY_TOKEN = 'the-temporary-token';

/** What is the same whatever Workers are there, by call. */
const RESULTS: Readonly<Record<string, unknown>> = {
  'POST /provisioning/previews/challenge': {
    challengeToken: 'c',
    seed: Buffer.alloc(32).toString('base64url'),
    k: 1,
    g: 1,
  },
  'POST /provisioning/previews': {
    account: { id: 'temporary', name: 'Temporary', apiToken: TEMPORARY_TOKEN, expiresAt: IN_AN_HOUR },
    claim: { url: 'https://example.com/claim', expiresAt: IN_AN_HOUR },
  },
  'GET /user/tokens/verify': { id: 'token', status: 'active' },
  'GET /user': { email: 'somebody@example.com' },
  'GET /accounts': [{ id: 'account', name: 'Somebody' }],
  'GET /memberships': [{ account: { id: 'account' } }],
  'GET /workers/subdomain': { subdomain: 'somebody' },
  'POST /workers/assets/upload': { jwt: 'uploaded' },
  'GET /storage/kv/namespaces': [],
};

/** What is told of a Worker: as a service, its subdomain, deployments, settings, and the version that was uploaded. */
const WORKER = {
  id: '11111111-2222-4333-8444-555555555555',
  deployment_id: '11111111222243338444555555555555',
  default_environment: { environment: 'production', script: { tag: 'tag', last_deployed_from: 'wrangler' } },
  resources: { script: { etag: 'etag' } },
  deployments: [],
  bindings: [],
};

/** Listens at a free port of this machine. */
export async function cloudflareApi(): Promise<CloudflareApi> {
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const path = new URL(url, 'http://api').pathname.replace(/^\/client\/v4(\/accounts\/[^/]+(?=\/))?/, '');
    const [call, bytes, type = ''] = [`${method} ${path}`, await buffer(request), headers['content-type']];
    const body = new Response(bytes, { headers: { 'Content-Type': type } });
    const form = type.startsWith('multipart/') ? await body.formData() : new FormData();
    if (!type.startsWith('multipart/')) form.set('body', bytes.toString());
    api.asked.push({ call, authorization: headers.authorization ?? '', form });
    const answer = answerTo(api, call, form);
    const [status, errors] = 'code' in answer ? [400, [answer]] : [200, []];
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ result: null, messages: [], ...answer, success: status === 200, errors }));
  });
  const listening = await listen(server);
  const environment: CloudflareApi['environment'] = (token) => ({
    CLOUDFLARE_API_BASE_URL: `${listening.url.href}client/v4`,
    CLOUDFLARE_API_TOKEN: token,
    CLOUDFLARE_ACCOUNT_ID: token === undefined ? undefined : 'account',
  });
  const api: CloudflareApi = { ...listening, environment, asked: [], workers: new Set(), refused: new Set() };
  return api;
}

function answerTo({ workers, refused }: CloudflareApi, call: string, form: FormData): Answer {
  if (Object.hasOwn(RESULTS, call)) return { result: RESULTS[call] };
  if (call.startsWith('GET /workers/tails/by-consumer/')) return { result: [] };
  const [, worker = '', part] = /^\w+ \/workers\/(?:services|scripts)\/([^/]+)(?:\/(.+))?$/.exec(call) ?? [];
  if (part === 'assets-upload-session') return { result: assetSession(String(form.get('body'))) };
  if (form.has('metadata')) {
    if (refused.has(worker)) return { code: 10_021, message: 'The upload is refused.' };
    workers.add(worker);
  }
  if (!workers.has(worker)) return NOT_THERE;
  if (call.startsWith('DELETE ')) workers.delete(worker);
  return { result: part === 'secrets' ? [{ name: 'API_KEYS', type: 'secret_text' }] : WORKER };
}

/** Every file is asked for, in one bucket. */
function assetSession(body: string) {
  const { manifest }: { manifest: Record<string, { hash: string }> } = JSON.parse(body);
  return { jwt: 'session', buckets: [Object.values(manifest).map(({ hash }) => hash)] };
}
