/**
 * What the baker knows of the installed onnxruntime-web: its wasm, and the names of the functions in it, which are
 * minified anew with each release and read here from the glue that ships beside it.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as v from 'valibot';
import { ORT_EXPORTS } from '../../../shared/inference/ort-exports.ts';

/** Functions of the module, by their names in onnxruntime's source. */
const NAMES = [...ORT_EXPORTS, 'OrtCreateSession'] as const;

export type OrtName = (typeof NAMES)[number];

/** An installed release. */
export interface OrtPackage {
  readonly version: string;
  readonly wasm: Uint8Array;
  /** Names under which the module exports the functions. */
  readonly exports: Readonly<Record<OrtName, string>>;
  /** Export names of all functions of onnxruntime's own interface. */
  readonly ortExports: readonly string[];
  /** Export name of the function that runs the constructors of static objects. */
  readonly constructors: string;
}

/** Reads the installed release. Throws, with the version, when it is not built as the baker expects. */
export function readPackage(): OrtPackage {
  const require = createRequire(import.meta.url);
  const wasm = readFileSync(require.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));
  const glue = readFileSync(require.resolve('onnxruntime-web/ort-wasm-simd-threaded.mjs'), 'utf8');
  const manifest = JSON.parse(
    readFileSync(join(require.resolve('onnxruntime-web/wasm'), '../../package.json'), 'utf8'),
  );
  const { version } = v.parse(v.object({ version: v.string() }), manifest);
  return { version, wasm, ...readGlue(glue, version) };
}

/** The names in the text of a release's glue. Throws when one is not found exactly once. */
export function readGlue(glue: string, version: string): Pick<OrtPackage, 'exports' | 'ortExports' | 'constructors'> {
  const wrong = (what: string) =>
    new Error(`onnxruntime-web ${version}: expected ${what} in its glue; the baker does not know this release`);
  const assigned = [...glue.matchAll(/\b\w+\._(\w+)=\s*(\w+)\.\s*([\w$]+)/g)];
  const [, , instance = ''] = assigned.find(([, name]) => name === 'OrtRun') ?? [];
  const found = new Map<string, string>();
  for (const [, name = '', from, minified = ''] of assigned) {
    if (from !== instance) continue;
    if (found.has(name)) throw wrong(`one export of ${name}`);
    found.set(name, minified);
  }
  const lookUp = (name: string): string => {
    const minified = found.get(name);
    if (minified === undefined) throw wrong(`the export of ${name}`);
    return minified;
  };
  const exports = Object.fromEntries(NAMES.map((name) => [name, lookUp(name)])) as Record<OrtName, string>;
  const [, exported = ''] = /\b(\w+)=\w+\.exports\b/.exec(glue) ?? [];
  const calls = [...glue.matchAll(new RegExp(`\\b${exported}\\.\\s*([\\w$]+)\\(\\)`, 'g'))].map(
    ([, name = '']) => name,
  );
  const [constructors, ...others] = calls;
  if (exported === '' || constructors === undefined || others.length > 0) throw wrong('one call of the constructors');
  const ortExports = [...found].filter(([name]) => name.startsWith('Ort')).map(([, minified]) => minified);
  return { exports, ortExports, constructors };
}
