/** The site's files on Deno and Bun: in the folder `site` of the build. Without the right to read them there is no site. */
import type { SiteStore } from '../../shared/http/site.ts';

/** Bun says that a file is not there only when it is read. */
async function read(url: string): Promise<Response> {
  try {
    const file = await fetch(new URL(`../site${new URL(url).pathname}`, import.meta.url));
    return new Response(await file.arrayBuffer());
  } catch {
    return new Response(null, { status: 404 });
  }
}

export const SITE: SiteStore = { fetch: read };
