/**
 * Makes the site, static files that any deployment serves beside its API: the pages of workers/site with their scripts
 * bundled, and the headers that Cloudflare gives them.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openApi } from '../../shared/http/openapi.ts';
import { FILE_HEADERS, SITE_HEADERS } from '../../shared/http/site.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import type { Tensor } from '../../shared/tensor.ts';
import { findExamples } from './examples.ts';
import { fromJsonTensor, readGolden } from './golden.ts';
import { defaultVersions, type ModelFolder } from './model-folder.ts';
import { siteFolder, workerLimits } from './workers.ts';

const PAGES = ['index.html', 'playground.ts', 'playground.css', 'docs.html', 'docs.ts'];

/** What shows the OpenAPI document, of the package swagger-ui-dist. */
const RENDERER = ['swagger-ui-bundle.js', 'swagger-ui.css'];

/** Writes dist/site in the build under `root`. */
export async function bundleSite(models: readonly ModelFolder[], root: string): Promise<void> {
  const { build } = await import('esbuild');
  const folder = siteFolder(root);
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: PAGES.map((name) => join(root, 'workers/site', name)),
    outdir: folder,
    loader: { '.html': 'copy' },
    bundle: true,
    format: 'esm',
    target: 'es2024',
    minify: true,
    logLevel: 'error',
  });
  for (const name of RENDERER)
    copyFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`), join(folder, name));
  const documented = defaultVersions(models).map(({ card, onnx }) => ({
    card,
    inputs: exampleOf(dirname(onnx), card),
  }));
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApi(documented, workerLimits().maxBodyBytes)));
  const rules = Object.entries({ '*': SITE_HEADERS, ...FILE_HEADERS }).map(([file, headers]) => {
    return [`/${file}`, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`), ''].join('\n');
  });
  writeFileSync(join(folder, '_headers'), rules.join(''));
}

/** Inputs of a model that are known to run: its owner's first, or the golden ones. */
function exampleOf(folder: string, card: ModelCard): readonly Tensor[] {
  const [example] = findExamples(folder, card) ?? [];
  return example ?? readGolden(join(folder, 'golden.json')).cases[0]?.inputs.map(fromJsonTensor) ?? [];
}
