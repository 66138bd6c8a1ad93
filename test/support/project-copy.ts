/** A copy of the project for one test file, since its tests change what others read. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { ROOT } from '../../models/build/workers.ts';

/** What is made elsewhere, or is long and read by none of these tests. */
const LEFT_OUT = ['node_modules', 'results', 'reference'];

/** What earlier builds have made need not be made again: it is kept by what it is made from. */
const KEPT = ['dist/cache', 'dist/bundles', 'dist/watched'];

const PARTS = [
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'wrangler.toml',
  'workers',
  'shared',
  'bench',
];

/** Copies the project with the models named, and none of its builds. The copy is removed after the file's tests. */
export function copyProject(models: readonly string[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'tandem-copy-'));
  const isWanted = (path: string) => !LEFT_OUT.some((name) => path.endsWith(`/${name}`));
  const entries = readdirSync(join(ROOT, 'models'), { withFileTypes: true });
  const code = entries.filter((entry) => entry.isFile() || entry.name === 'build').map(({ name }) => name);
  const parts = [...PARTS, ...[...code, ...models].map((name) => `models/${name}`), ...KEPT];
  for (const part of parts.filter((name) => existsSync(join(ROOT, name)))) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true, filter: isWanted });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  afterAll(() => rmSync(copy, { recursive: true }));
  return copy;
}
