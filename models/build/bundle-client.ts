/**
 * Bundles the client as one module for browsers, Node, Deno and Workers, `dist/site/client.js`, and its declarations as
 * one file beside it, which TypeScript finds by the module's name and Deno by its first line.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { siteFolder } from './workers.ts';

/** Writes both in the build under `root`. */
export async function bundleClient(root: string): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [join(root, 'shared/client.ts')],
    outfile: join(siteFolder(root), 'client.js'),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module'],
    target: 'es2022',
    minify: true,
    // Of a request's body, which no client reads. An import in a function keeps all that it imports from being left out.
    external: ['*/content-encoding.ts'],
    banner: { js: '// @ts-self-types="./client.d.ts"' },
    logLevel: 'error',
  });
  writeFileSync(join(siteFolder(root), 'client.d.ts'), await declarations(root));
}

/** Files that the client's public names are declared in. */
const DECLARED = ['tensor', 'client-error', 'client-api', 'client'];

/** What they declare, with no import; no value counts as exported that the module does not export. */
async function declarations(root: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-client-'));
  const emit = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', folder];
  const config = join(root, 'shared/tsconfig.json');
  try {
    // Not in the way of the builder's lock, which wants to be renewed.
    await promisify(execFile)('tsc', ['-p', config, ...emit]);
    const text = DECLARED.map((name) => readFileSync(join(folder, `${name}.d.ts`), 'utf8')).join('\n');
    const alone = text.replace(/^(import|export \{).*\n/gm, '');
    // Without an export of nothing, all that is declared would count as exported.
    return `${alone.replace(/^export (?=declare (?!class |function createClient\b))/gm, '')}export {};\n`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
