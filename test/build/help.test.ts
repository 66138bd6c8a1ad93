/** `--help` of every program: what it names, that its examples can be typed, and that it comes at once. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../bench/experiments/plan.ts';
import { CLIENT_NAMES } from '../../bench/load/client.ts';
import { BENCH, VERBS as BENCH_VERBS, LIMITS, RUN, SERVE } from '../../bench/manual.ts';
import { readOptions } from '../../bench/options.ts';
import { CANARY, DEPLOY, KEY_VERBS, KEYS, UNDEPLOY } from '../../deploy/manual.ts';
import {
  type Command,
  commandHelp,
  parseCommandLine,
  programHelp,
  UsageError,
} from '../../models/build/command-line.ts';
import { BUILD, VERBS as MODEL_VERBS, MODELS } from '../../models/build/manual.ts';
import { ROOT } from '../../models/build/workers.ts';
import { run } from '../support/run.ts';

const COMMANDS: readonly Command[] = [
  BUILD,
  DEPLOY,
  UNDEPLOY,
  CANARY,
  SERVE,
  LIMITS,
  ...Object.values(BENCH_VERBS),
  ...Object.values(MODEL_VERBS),
  ...Object.values(KEY_VERBS),
];
const PROGRAMS = [BENCH, MODELS, KEYS];
const HELPS = [...COMMANDS.map(commandHelp), ...PROGRAMS.map(programHelp)].map((text) => [
  text.split('\n', 1)[0],
  text,
]);

const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** The words after the script's name of a line as typed, without npm's own `--`. */
function wordsOf(line: string): { readonly script: string; readonly args: string[] } {
  const [, script = '', rest = ''] = /^npm run (\S+)(?: -- (.*?))?\s*(?:#.*)?$/.exec(line) ?? [];
  return { script, args: rest.split(' ').filter((word) => word !== '') };
}

describe('help', () => {
  it.each(HELPS)('of %s fits a terminal of 40 lines and 80 columns', (_, text = '') => {
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it.each(COMMANDS.map((command) => [commandHelp(command), command] as const))(
    '%#. names every option',
    (text, command) => {
      for (const name of Object.keys(command.options)) expect(text).toMatch(new RegExp(`^ {2}--${name}\\b`, 'm'));
    },
  );

  it.each(PROGRAMS)('of $script names every verb', (program) => {
    for (const verb of Object.keys(program.verbs))
      expect(programHelp(program)).toMatch(new RegExp(`^ {2}${verb}\\b`, 'm'));
  });

  it('names every profile and client of a run', () => {
    for (const name of Object.keys(PROFILES)) expect(RUN.options.profile.help).toContain(name);
    expect(RUN.options.client.value).toBe(CLIENT_NAMES.join('|'));
  });
});

describe('the examples', () => {
  it.each(COMMANDS.flatMap((command) => command.examples.map((line) => [line, command] as const)))(
    '%s parses',
    (line, command) => {
      const { script, args } = wordsOf(line);
      expect(scripts).toHaveProperty([script]);
      expect(script.split(':')[0]).toBe(command.script);
      const words = command.verb === undefined ? args : args.slice(1);
      expect(command.verb === undefined || args[0] === command.verb).toBe(true);
      expect(() => parseCommandLine(command, words)).not.toThrow();
      if (command === RUN) expect(readOptions(words, 0).subjects.length).toBeGreaterThanOrEqual(0);
    },
  );

  it.each(PROGRAMS.flatMap((program) => program.examples.map((line) => [line, program] as const)))(
    '%s names a verb or none',
    (line, { script, verbs, usual }) => {
      const { script: named, args } = wordsOf(line);
      const [first = '-', ...rest] = args;
      expect(named).toBe(script);
      const verb = first.startsWith('-') ? usual : first;
      const command = Object.entries<Command>(verbs).find(([name]) => name === verb)?.[1];
      if (command === undefined) throw new Error(`expected a verb in ${line}`);
      parseCommandLine(command, first.startsWith('-') ? args : rest);
    },
  );
});

it.each(COMMANDS)('an option that $script $verb does not have is refused, and where to look is said', (command) => {
  const parse = () => parseCommandLine(command, ['--frobnicate']);
  expect(parse).toThrow(UsageError);
  const verb = command.verb === undefined ? '' : ` ${command.verb}`;
  expect(parse).toThrow(`Unknown option '--frobnicate'; see npm run ${command.script} --${verb} --help`);
});

/** The program and the arguments that a script of package.json starts Node with. */
function started(script: string): string[] {
  const [node, ...args] = (scripts[script] ?? '').split(' ');
  expect(node).toBe('node');
  return args;
}

describe('every program', () => {
  it.each([
    ['build', commandHelp(BUILD)],
    ['deploy', commandHelp(DEPLOY)],
    ['deploy:pair', commandHelp(DEPLOY)],
    ['undeploy', commandHelp(UNDEPLOY)],
    ['canary', commandHelp(CANARY)],
    ['serve', commandHelp(SERVE)],
    ['limits', commandHelp(LIMITS)],
    ['bench', programHelp(BENCH)],
    ['models', programHelp(MODELS)],
    ['keys', programHelp(KEYS)],
  ])('npm run %s -- --help prints it, alone on standard output', async (script, stdout) => {
    expect(await run(process.execPath, [...started(script), '--help'])).toEqual({ code: 0, stdout, stderr: '' });
  });

  it.each([
    ['bench', 'advise', BENCH_VERBS.advise],
    ['models', 'add', MODEL_VERBS.add],
  ] as const)('npm run %s -- %s -h prints that of the verb', async (script, verb, command) => {
    const { code, stdout } = await run(process.execPath, [...started(script), verb, '-h']);
    expect([code, stdout]).toEqual([0, commandHelp(command)]);
  });

  it.each(['build', 'deploy', 'undeploy', 'canary', 'serve', 'limits', 'bench', 'models', 'keys'])(
    'of %s imports nothing at its start that takes long',
    (script) => {
      const seen = new Set<string>();
      visit(join(ROOT, started(script)[0] ?? ''), seen);
      expect(
        [...seen].filter((name) => /^(wrangler|miniflare|workerd|onnxruntime|binaryen|esbuild)/.test(name)),
      ).toEqual([]);
      expect([...seen]).toContain('wrap-ansi');
    },
  );
});

/** Files and packages that a file imports before it runs, types left out. */
function visit(file: string, seen: Set<string>): void {
  if (seen.has(file)) return;
  seen.add(file);
  const imports = /^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)'|^import '([^']+)'/gm;
  for (const [, from, alone] of readFileSync(file, 'utf8').matchAll(imports)) {
    const name = from ?? alone ?? '';
    if (name.startsWith('.') && name.endsWith('.ts')) visit(join(dirname(file), name), seen);
    else seen.add(name);
  }
}
