import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../../bench/options.ts';
import { ROOT } from '../../models/build/workers.ts';
import { run } from '../support/run.ts';

const TEXT = readFileSync(join(ROOT, 'bench/compare.example.yml'), 'utf8');

interface Step {
  readonly command: string;
  readonly folder: string | undefined;
  readonly text: string;
}

const STEPS: readonly Step[] = TEXT.split(/^ {6}- /m)
  .slice(1)
  .flatMap((text) => {
    const command = /^run: (.+)$/m.exec(text)?.[1];
    const folder = /^ +working-directory: (\S+)$/m.exec(text)?.[1];
    return command === undefined ? [] : [{ command, folder, text }];
  });

describe('the example of a workflow', () => {
  it('installs and measures both checkouts, and compares them from the one that is judged', () => {
    const places = [...TEXT.matchAll(/^ +path: (\w+)$/gm)].map(([, path]) => path);
    expect(places).toEqual(['base', 'head']);
    expect(STEPS.map(({ command, folder }) => `${folder}: ${command.split(' ').slice(0, 3).join(' ')}`)).toEqual([
      'base: npm ci',
      'head: npm ci',
      'base: npm run bench',
      'head: npm run bench',
      'head: npm run --silent',
    ]);
  });

  it('measures with options that there are, the same on both sides but for the seed', () => {
    const runs = STEPS.flatMap(({ command }) => /^npm run bench -- (.+)$/.exec(command)?.[1] ?? []);
    const [base, head] = runs.map((args) => readOptions(args.split(' '), 0));
    expect(base?.profile.name).toBe('quick');
    expect({ ...head, seed: 0 }).toEqual({ ...base, seed: 0 });
  });

  it('compares by a command that there is, in a shell that hands on its exit code', async () => {
    const last = STEPS.at(-1);
    const args = /^npm run --silent bench -- (.+) \| tee compare\.txt$/.exec(last?.command ?? '')?.[1] ?? '';
    const [verb = '', older = '', newer = '', ...rest] = args.split(' ');
    expect([verb, rest]).toEqual(['compare', []]);
    for (const path of [older, newer]) expect(path).toMatch(/^(\.\.\/base\/)?bench\/results\/latest$/);
    expect(last?.text).toContain('shell: bash');
    const file = 'bench/reference/peers.json';
    const { code, stdout } = await run('node', ['bench/cli.ts', verb, file, file]);
    // A run and itself: no figure can have changed, but some may be invalid.
    expect([0, 3]).toContain(code);
    expect(stdout).not.toContain('REGRESSION:');
  });

  it('keeps what was measured and said, also of a job that fails', () => {
    const upload = TEXT.slice(TEXT.indexOf('upload-artifact'));
    expect(upload).toContain('if: always()');
    for (const path of ['base/bench/results/', 'head/bench/results/', 'head/compare.txt'])
      expect(upload).toContain(path);
  });

  it('names only scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    for (const [, script = ''] of TEXT.matchAll(/npm run (?:--silent )?(\w+)/g)) expect(scripts).toHaveProperty(script);
  });
});
