import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { readGlue, readPackage } from '../../models/build/bake/onnxruntime.ts';

const require = createRequire(import.meta.url);
const GLUE = readFileSync(require.resolve('onnxruntime-web/ort-wasm-simd-threaded.mjs'), 'utf8');

/** Parameters of the C functions, by onnxruntime/wasm/api.h; of the allocator, by C. */
const PARAMETERS = {
  malloc: 1,
  free: 1,
  OrtGetLastError: 2,
  OrtCreateSession: 3,
  OrtFree: 1,
  OrtCreateTensor: 6,
  OrtGetTensorData: 5,
  OrtReleaseTensor: 1,
  OrtRun: 8,
};

describe('readPackage', () => {
  const ort = readPackage();
  const module = new WebAssembly.Module(new Uint8Array(ort.wasm));
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);

  it('finds names that the wasm exports, each once', () => {
    const names = [...Object.values(ort.exports), ort.constructors];
    expect(exported).toEqual(expect.arrayContaining([...names, ...ort.ortExports]));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(ort.ortExports).size).toBe(ort.ortExports.length);
  });

  it('finds all of onnxruntime own interface, and nothing of the allocator in it', () => {
    expect(ort.ortExports).toEqual(expect.arrayContaining([ort.exports.OrtRun, ort.exports.OrtCreateSession]));
    expect(ort.ortExports).not.toContain(ort.exports.malloc);
    expect(ort.ortExports).toHaveLength(new Set(GLUE.match(/\._Ort\w+=/g)).size);
  });

  it('takes them for the functions that they are: each has its number of parameters', () => {
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
      const memory = () => new WebAssembly.Memory({ initial: 256, maximum: 65_536, shared: true });
      imports[from] = { ...imports[from], [name]: kind === 'memory' ? memory() : () => 0 };
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    const counts = Object.entries(ort.exports).map(([name, minified]) => {
      const value = exports[minified];
      return [name, typeof value === 'function' ? value.length : undefined];
    });
    expect(Object.fromEntries(counts)).toEqual(PARAMETERS);
  });
});

describe('readGlue', () => {
  const unknown = (what: string) =>
    `onnxruntime-web 9.8.7: expected ${what} in its glue; the baker does not know this release`;
  const without = (name: string) => GLUE.replaceAll(new RegExp(`\\b_${name}=`, 'g'), `_Other=`);

  it.each(Object.keys(PARAMETERS))('refuses a release without %s, and names it with the version', (name) => {
    const what = name === 'OrtRun' ? /expected the export of / : unknown(`the export of ${name}`);
    expect(() => readGlue(without(name), '9.8.7')).toThrow(what);
    expect(() => readGlue(without(name), '9.8.7')).toThrow('onnxruntime-web 9.8.7: ');
  });

  it('refuses a name that is assigned twice', () => {
    const [assigned = ''] = /\w+\._OrtRun=\w+\.\w+/.exec(GLUE) ?? [];
    const twice = GLUE.replace(assigned, `${assigned};${assigned}x`);
    expect(() => readGlue(twice, '9.8.7')).toThrow(unknown('one export of OrtRun'));
  });

  it.each([
    ['nothing', ''],
    ['another program', 'export default async () => ({});'],
    ['no call of constructors', GLUE.replaceAll(/\bI\.Va\(\)/g, '0')],
    ['two calls that may be it', GLUE.replace(/\bI\.Va\(\)/, 'I.Va(),I.Wa()')],
  ])('refuses %s', (_, glue) => {
    expect(glue).not.toBe(GLUE);
    expect(() => readGlue(glue, '9.8.7')).toThrow(/^onnxruntime-web 9\.8\.7: expected .* in its glue/);
  });
});
