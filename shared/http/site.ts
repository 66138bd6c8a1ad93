/**
 * The site: playground, documentation and the client's module, as files that the build makes. On Cloudflare they are
 * static assets, which reach no Worker. Elsewhere the app takes them from a store, once no route of its own has matched.
 */

/** Where the files are by name, `http://site/index.html` for one: a service of workerd, or a folder. */
export interface SiteStore {
  fetch(url: string): Promise<Response>;
}

/** What the app is given of the site; without a store it has none. */
export interface SiteVars {
  readonly SITE?: SiteStore;
}

/** Headers of every file. The build writes these and the following for Cloudflare as well. */
export const SITE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
} as const;

const DECLARATIONS = 'application/typescript; charset=utf-8';

const ANY_ORIGIN = { 'Access-Control-Allow-Origin': '*' } as const;

/** What else the files have that programs of other origins load. By its ending alone `client.d.ts` would be a video. */
export const FILE_HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'client.js': ANY_ORIGIN,
  'client.d.ts': { ...ANY_ORIGIN, 'Content-Type': DECLARATIONS },
  'openapi.json': ANY_ORIGIN,
};

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  'd.ts': DECLARATIONS,
};

/** One name that every file system takes, which no folder is above: `/` is `index.html`, `/docs` is `docs.html`. */
const PATH = /^\/(?:([a-z-]{1,64})(?:\.((?:d\.)?[a-z]+))?)?$/;

/** The file that a request is for; undefined where it is for none. */
export async function siteFile(store: SiteStore, method: string, path: string): Promise<Response | undefined> {
  const [whole, name = 'index', ending = 'html'] = PATH.exec(path) ?? [];
  const type = TYPES[ending];
  if (whole === undefined || type === undefined || !['GET', 'HEAD'].includes(method)) return undefined;
  const file = `${name}.${ending}`;
  const { ok, body } = await store.fetch(`http://site/${file}`);
  const headers = { ...SITE_HEADERS, 'Content-Type': type, ...FILE_HEADERS[file] };
  return ok ? new Response(body, { headers }) : undefined;
}
