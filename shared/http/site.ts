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

/** Headers of every file. The build writes them for Cloudflare as well. */
export const SITE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
} as const;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  'd.ts': 'application/typescript; charset=utf-8',
};

/** One name that every file system takes, which no folder is above: `/` is `index.html`, `/docs` is `docs.html`. */
const PATH = /^\/(?:([a-z-]{1,64})(?:\.((?:d\.)?[a-z]+))?)?$/;

/** The file that a request is for; undefined where it is for none. */
export async function siteFile(store: SiteStore, method: string, path: string): Promise<Response | undefined> {
  const [whole, name = 'index', ending = 'html'] = PATH.exec(path) ?? [];
  const type = TYPES[ending];
  if (whole === undefined || type === undefined || !['GET', 'HEAD'].includes(method)) return undefined;
  const file = await store.fetch(`http://site/${name}.${ending}`);
  return file.ok ? new Response(file.body, { headers: { ...SITE_HEADERS, 'Content-Type': type } }) : undefined;
}
