/**
 * Makes the site, static files that any deployment serves beside its API: the pages of workers/site with their scripts
 * bundled, and the headers that Cloudflare gives them.
 */
import { copyFileSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SITE_HEADERS } from '../../shared/http/site.ts';
import type { ModelFolder } from './artefact.ts';

/** Writes dist/site in the build under `root`. */
export async function bundleSite(_models: readonly ModelFolder[], root: string): Promise<void> {
  const { build } = await import('esbuild');
  const [source, folder] = [join(root, 'workers/site'), join(root, 'dist/site')];
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: ['playground.ts', 'playground.css'].map((name) => join(source, name)),
    outdir: folder,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    minify: true,
    logLevel: 'error',
  });
  for (const page of globSync('*.html', { cwd: source }))
    copyFileSync(join(source, page), join(folder, basename(page)));
  const headers = Object.entries(SITE_HEADERS).map(([name, value]) => `  ${name}: ${value}\n`);
  writeFileSync(join(folder, '_headers'), `/*\n${headers.join('')}`);
}
