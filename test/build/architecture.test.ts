/** The rules of the structure, read off the files. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../models/build/workers.ts';

const MAX_ENTRY_LINES = 30;
const MAX_FILE_LINES = 250;

interface Source {
  readonly path: string;
  readonly text: string;
  /** Files of the project and packages that it imports, types included. */
  readonly imports: readonly string[];
}

const SOURCES: readonly Source[] = globSync('{workers,shared,models,deploy,bench,test}/**/*.ts', { cwd: ROOT })
  .filter((path) => !/^models\/dist\/|\bnode_modules\/|\.d\.ts$/.test(path))
  .map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return { path, text, imports: importsIn(path, text) };
  });

/** An import of nothing but types. */
const TYPE_IMPORT = /^import (?:type [^;]+|\{(?:\s*type \w+,?)+\s*\} from [^;]+);/gm;

function importsIn(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier = '']) => specifier);
  const resolve = (specifier: string) => relative(ROOT, join(ROOT, dirname(path), specifier));
  return specifiers.map((specifier) => (specifier.startsWith('.') ? resolve(specifier) : specifier));
}

/** The ways that lead back to where they began, as "a -> b -> a". */
function circlesOf(importsOf: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (name: string, above: readonly string[]) => {
    if (above.includes(name)) circles.push([...above.slice(above.indexOf(name)), name].join(' -> '));
    if (above.includes(name) || done.has(name)) return;
    for (const next of importsOf.get(name) ?? []) visit(next, [...above, name]);
    done.add(name);
  };
  for (const name of importsOf.keys()) visit(name, []);
  return circles;
}

function within(folder: string): Source[] {
  return SOURCES.filter(({ path }) => path.startsWith(`${folder}/`));
}

/** The imports of a folder's files that none of `allowed` matches, as "file -> import". */
function strangers(sources: readonly Source[], allowed: RegExp): string[] {
  return sources.flatMap(({ path, imports }) =>
    imports.filter((name) => !allowed.test(name)).map((name) => `${path} -> ${name}`),
  );
}

const ENTRIES = SOURCES.filter(({ path }) =>
  /^(workers\/\w+\/(index|combined|gateway)|bench\/arms\/workers\/\w+)\.ts$/.test(path),
);

describe('a file', () => {
  it.each(SOURCES.map(({ path, text }) => [path, text]))(
    '%s opens with a comment and is not too long',
    (path, text) => {
      expect(text.split('\n').length).toBeLessThanOrEqual(MAX_FILE_LINES);
      if (!path.startsWith('test/unit/')) expect(text).toMatch(/^\/(\*\*|\/)/);
    },
  );

  it.each(ENTRIES.filter(({ path }) => !path.endsWith('floor.ts')).map(({ path, text }) => [path, text]))(
    'the entry %s only puts parts together',
    (_, text) => {
      expect(text.split('\n').length).toBeLessThanOrEqual(MAX_ENTRY_LINES);
      expect(text).not.toMatch(/\b(if|switch|for|while)\b\s*\(|\.(get|post|on|all)\(/);
    },
  );

  it('there are entries to look at', () => {
    expect(ENTRIES.map(({ path }) => path).sort()).toEqual([
      'bench/arms/workers/bare.ts',
      'bench/arms/workers/floor.ts',
      'bench/arms/workers/null.ts',
      'workers/combined/index.ts',
      'workers/deno/combined.ts',
      'workers/deno/gateway.ts',
      'workers/gateway/index.ts',
      'workers/predictor/index.ts',
    ]);
  });
});

describe('imports', () => {
  it('of workers: shared', () => {
    const entries = ENTRIES.filter(({ path }) => path.startsWith('workers/'));
    expect(strangers(entries, /^(cloudflare:workers|shared\/|workers\/deno\/(vars|site))/)).toEqual([]);
  });

  it('of the gateway: nothing that reaches a model', () => {
    const seen = new Set<string>();
    const visit = (path: string) => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const name of SOURCES.find((source) => source.path === path)?.imports ?? []) visit(name);
    };
    visit('workers/gateway/index.ts');
    expect([...seen].filter((name) => /shared\/inference|models\/|onnxruntime/.test(name))).toEqual([]);
    expect(seen).toContain('shared/http/routes/predict.ts');
  });

  it('of shared: shared and the libraries of the edge; models/dist and the runtime in inference alone', () => {
    const inference = within('shared/inference');
    const others = within('shared').filter((source) => !inference.includes(source));
    expect(strangers(others, /^(hono|pako$|valibot|@valibot\/to-json-schema$|shared\/(?!inference\/))/)).toEqual([]);
    expect(strangers(inference, /^(cloudflare:workers$|shared\/|models\/dist\/|onnxruntime-web\/)/)).toEqual([]);
  });

  it("of the benchmark's Workers: shared/http, not shared/inference", () => {
    const allowed =
      /^(cloudflare:workers$|valibot|models\/auto-mpg\/card\.json|shared\/(http\/|model-card|predictor|result))/;
    expect(strangers(within('bench/arms/workers'), allowed)).toEqual([]);
  });

  it('of bench by nobody but bench and its tests', () => {
    const importers = SOURCES.filter(({ imports }) => imports.some((name) => name.startsWith('bench/')));
    expect(importers.filter(({ path }) => !/^(bench|test)\//.test(path)).map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ['pako', 'shared/http/content-encoding.ts'],
    ['onnxruntime-web/wasm', 'shared/inference/stock-runtime.ts'],
    ['onnxruntime-web/ort-wasm-simd-threaded.mjs', 'shared/inference/baked-runtime.ts'],
    ['binaryen', 'models/build/bake/binaryen.ts'],
    ['miniflare', 'models/build/start-workers.ts'],
    ['undici', 'bench/load/client.ts'],
    [
      'onnx-buf',
      'models/build/conformance/tensor-proto.ts',
      'models/build/onnx-file.ts',
      'models/build/onnx-model.ts',
      'models/build/repair.ts',
    ],
    ['jstat', 'bench/stats/distributions.ts'],
    ['hdr-histogram-js', 'bench/stats/histogram.ts'],
    ['linkedom', 'bench/report/html/drawing.ts'],
    [
      'esbuild',
      'bench/advice/section.ts',
      'models/build/bundle-client.ts',
      'models/build/bundle-site.ts',
      'models/build/bundle.ts',
    ],
    ['ml-random-forest', 'models/penguins/forest.ts'],
    ['@tensorflow/tfjs-backend-cpu', 'models/digits/network.ts'],
  ])('of %s by %s and whoever else is named here alone', (name, ...allowed) => {
    const importers = SOURCES.filter(({ path, imports }) => imports.includes(name) && !path.startsWith('test/'));
    expect(importers.map(({ path }) => path).sort()).toEqual(allowed);
  });

  it('of the load generator: nothing that brings Miniflare into its process', () => {
    const allowed =
      /^(node:|undici$|valibot$|pure-rand\/|bench\/(load|stats)\/|models\/build\/golden\.ts$|shared\/(tensor\.ts$|http\/|remote\/))/;
    expect(strangers(within('bench/load'), allowed)).toEqual([]);
  });

  it('of bench/report: nothing that makes what it tells', () => {
    const above = /^bench\/(advice|selftest|regression|commands|experiments)\//;
    const arrows = within('bench/report').flatMap(({ path, imports }) =>
      imports.filter((name) => above.test(name)).map((name) => `${path} -> ${name}`),
    );
    expect(arrows).toEqual([]);
    const blocks = SOURCES.filter(({ path }) => path === 'bench/report/html/blocks.ts');
    expect(strangers(blocks, /^(hono\/html|bench\/report\/document\.ts)$/)).toEqual([]);
  });

  it('of bench go round in no circle', () => {
    const importsOf = new Map(within('bench').map(({ path, imports }) => [path, imports]));
    expect(circlesOf(importsOf)).toEqual([]);
    expect(importsOf.size).toBeGreaterThan(50);
  });

  it('of the folders of shared go round in no circle, types aside', () => {
    const folderOf = (path: string) => path.split('/').slice(0, 2).join('/');
    const folders = Map.groupBy(
      within('shared').filter(({ path }) => path.split('/').length > 2),
      ({ path }) => folderOf(path),
    );
    const importsOf = new Map(
      [...folders].map(([folder, sources]) => {
        const used = new Set(sources.flatMap(({ path, text }) => importsIn(path, text.replaceAll(TYPE_IMPORT, ''))));
        return [folder, [...used].map(folderOf).filter((name) => name !== folder && folders.has(name))];
      }),
    );
    expect(circlesOf(importsOf)).toEqual([]);
    expect(importsOf.get('shared/http')).toContain('shared/observe');
    expect([...importsOf.keys()]).toContain('shared/resilience');
  });

  it('in load and stats: no command line', () => {
    for (const { text } of [...within('bench/load'), ...within('bench/stats')])
      expect(text).not.toMatch(/process\.argv/);
  });

  it('in shared: no barrel', () => {
    for (const { text } of within('shared')) expect(text).not.toMatch(/^export (\*|\{[^}]*\}) from/m);
  });
});
