/**
 * The command lines of the project's programs, as data: the table of options that parses is the one that `--help`
 * prints. Nothing heavy is imported here, so that help and wrong use are answered at once.
 */
import { parseArgs } from 'node:util';
import wrapAnsi from 'wrap-ansi';

export interface Option {
  readonly type: 'string' | 'boolean';
  /** Whether it may be given several times. */
  readonly multiple?: boolean;
  /** What stands for its value in the help, as `N` or `NAME=URL`. */
  readonly value?: string;
  /** What it does, its unit, and what holds without it. */
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** One command: a program, or a verb of one. */
export interface Command<T extends Options = Options> {
  /** The script in package.json. */
  readonly script: string;
  readonly verb?: string;
  /** What stands between the verb and the options, as `OLD NEW`; in brackets what may be left out. */
  readonly operands?: string;
  /** What it does, in one sentence. */
  readonly about: string;
  readonly options: T;
  /** What else there is to know. */
  readonly note?: string;
  readonly exitCodes?: string;
  /** Whole lines, as typed; what stands after a # says what for. */
  readonly examples: readonly string[];
}

/** A program with verbs. */
export interface Program<V extends string = string> extends Pick<Command, 'script' | 'about' | 'examples'> {
  readonly verbs: Readonly<Record<V, Command>>;
  /** The verb that may be left out. */
  readonly usual?: V;
}

/** Wrong use: the message says what was expected and what was got. */
export class UsageError extends Error {}

/** `parseArgs` for a command, with what it refuses as a `UsageError` that names the help. */
export function parseCommandLine<T extends Options>(command: Command<T>, args: readonly string[]) {
  const { options, operands = '' } = command;
  const parsed = orUsageError(command, () => parseArgs({ args: [...args], options, allowPositionals: true }));
  const names = operands.split(' ').filter((name) => name !== '');
  const least = names.filter((name) => !name.startsWith('[')).length;
  const { length } = parsed.positionals;
  if (length >= least && length <= names.length) return parsed;
  const got = length === 0 ? 'none' : parsed.positionals.map((text) => JSON.stringify(text)).join(' ');
  const verb = command.verb === undefined ? '' : `${command.verb}: `;
  throw new UsageError(`${verb}expected ${operands || 'no operand'}, got ${got}; see ${helpOf(command)}`);
}

/** The one of `names` that `text` is. Throws `UsageError`. */
export function oneOf<T extends string>(option: string, names: readonly T[], text: string, what = 'one of '): T {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option}: expected ${what}${names.join(', ')}, got ${JSON.stringify(text)}`);
}

/** An address over http or https, as typed. Throws `UsageError`. */
export function readUrl(option: string, text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new UsageError(`--${option}: expected an http or https URL, got ${JSON.stringify(text)}`);
}

function orUsageError<R>(command: Command, parse: () => R): R {
  try {
    return parse();
  } catch (cause) {
    // What Node adds is about operands that look like options, which no command of ours has.
    const message = (cause instanceof Error ? cause.message : String(cause)).replace(/\. To specify a pos.*$/s, '');
    throw new UsageError(`${message}; see ${helpOf(command)}`);
  }
}

/** How the help of a command or of a whole program is asked for. */
export function helpOf({ script, verb }: { readonly script: string; readonly verb?: string }): string {
  return `${typed(script, verb)} --help`;
}

function typed(script: string, verb: string | undefined): string {
  return `npm run ${script} --${verb === undefined ? '' : ` ${verb}`}`;
}

/** Whether a line asks for help, whatever else it says. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

const WIDTH = 80;
/** Longest label that a description stands beside. */
const MAX_LABEL = 24;

/** The help of one command, in lines of 80 columns. */
export function commandHelp({ script, verb, operands, about, options, note, exitCodes, examples }: Command): string {
  const usage = [typed(script, verb), operands ?? '', Object.keys(options).length === 0 ? '' : '[options]']
    .filter((part) => part !== '')
    .join(' ');
  return [
    usage,
    wrapAnsi(about, WIDTH),
    ...(Object.keys(options).length === 0 ? [] : [`Options:\n${optionLines(options)}`]),
    ...(note === undefined ? [] : [wrapAnsi(note, WIDTH)]),
    ...(exitCodes === undefined ? [] : [wrapAnsi(`Exit codes: ${exitCodes}.`, WIDTH)]),
    exampleLines(examples),
  ]
    .join('\n\n')
    .concat('\n');
}

/** The help of a program: its verbs, and the options of the usual one. */
export function programHelp({ script, about, verbs, usual, examples }: Program): string {
  const list = Object.values<Command>(verbs).map((verb): Row => [[verb.verb, verb.operands].join(' '), verb.about]);
  const command = usual === undefined ? undefined : verbs[usual];
  return [
    `${typed(script, undefined)} ${usual === undefined ? 'VERB' : '[VERB]'} [options]`,
    wrapAnsi(about, WIDTH),
    `Verbs, each with its own --help:\n${columns(list)}`,
    ...(command === undefined ? [] : [`Options of ${usual}, which may be left out:\n${optionLines(command.options)}`]),
    ...(command?.exitCodes === undefined ? [] : [wrapAnsi(`Exit codes: ${command.exitCodes}.`, WIDTH)]),
    exampleLines(examples),
  ]
    .join('\n\n')
    .concat('\n');
}

type Row = readonly [label: string, text: string];

function optionLines(options: Options): string {
  const row = ([name, { value, multiple, help }]: [string, Option]): Row => [
    `--${name}${value === undefined ? '' : ` ${value}`}${multiple === true ? ' ...' : ''}`,
    help,
  ];
  return columns(Object.entries(options).map(row));
}

/** Labels, and beside them their texts; a long label has a line of its own. */
function columns(rows: readonly Row[]): string {
  const left = Math.max(...rows.map(([label]) => label.length).filter((length) => length <= MAX_LABEL)) + 4;
  const margin = `\n${' '.repeat(left)}`;
  const line = ([label, text]: Row) => {
    const start = label.length <= MAX_LABEL ? `  ${label}`.padEnd(left) : `  ${label}${margin}`;
    return start + wrapAnsi(text, WIDTH - left).replaceAll('\n', margin);
  };
  return rows.map(line).join('\n');
}

function exampleLines(examples: readonly string[]): string {
  return `Examples:\n${examples.map((line) => `  ${line}`).join('\n')}`;
}
