/**
 * Finds the functions that belong to those which the calibration runs entered. A kernel makes objects while it runs, such
 * as the pieces of work that it hands out, and each object's functions are called through a table of its class. Which
 * classes a kernel makes depends on sizes and values; but their tables stand in its code as addresses, so all of
 * them are found there, also those of paths that no run took.
 */
import { binaryen, type Module, type TableContents } from './binaryen.ts';

/**
 * A class whose functions reach more than so many others is no piece of work: it is a part of the runtime, such as its
 * streams, that texts of errors name. Calls of those are direct, and what they enter has been entered.
 */
const MAX_FAMILY = 24;

/** Addresses below are none of static data. */
const FIRST_ADDRESS = 1_024;

/**
 * Slots from which on a constant that is handed to another function is taken for a pointer to one, such as a kernel hands
 * out to do a part of its work. Smaller ones are sizes, counts and datatypes.
 */
const FIRST_POINTER = 512;

const WORD_BYTES = 4;

interface Code {
  readonly calls: readonly string[];
  /** Constants that may be addresses of static data. */
  readonly constants: readonly number[];
  /** Those that are handed to another function: they may be slots of the table, pointers to functions. */
  readonly passed: readonly number[];
}

export interface FamilyOptions {
  readonly table: TableContents;
  /** Names of the functions that were entered through the table. */
  readonly entered: ReadonlySet<string>;
  /** The memory of the snapshot. */
  readonly memory: Uint8Array<ArrayBuffer>;
}

/** Names of functions to keep in the table: those entered, the kernels of all sessions, and the families of both. */
export function findFamilies(module: Module, { table, entered, memory }: FamilyOptions): Set<string> {
  const words = new Int32Array(memory.buffer, memory.byteOffset, memory.byteLength / WORD_BYTES);
  const read = createReader(module);
  const common = reach(exportedFunctions(module), [], read);
  const kept = new Set([...entered, ...kernelFunctions(words, table, entered)]);
  const known = reach(kept, [common], read);
  /** What code names: classes by their addresses, and functions by the slots that it hands out. */
  const named = (name: string): string[][] => {
    const { constants, passed } = read(name);
    const slots = passed.filter((value) => value >= FIRST_POINTER);
    const functions = slots.flatMap((slot) => table.functions[slot - table.offset] ?? []);
    return [...constants.map((address) => classAt(words, address, table)), ...functions.map((single) => [single])];
  };
  const seen = new Set<string>();
  let work = [...known];
  while (work.length > 0) {
    const groups = work.flatMap(named);
    work = [];
    for (const members of groups) {
      const key = members.join();
      if (seen.has(key)) continue;
      seen.add(key);
      const others = reach(members, [common, known], read);
      if (others.size > MAX_FAMILY) continue;
      for (const name of members) kept.add(name);
      for (const name of others) known.add(name);
      work.push(...others);
    }
  }
  return kept;
}

/** Where a kernel's class has what it computes: after two destructors. */
const COMPUTE = 2;

/**
 * The functions of all kernels that the sessions hold, also of those that no run reached: the branch of an If may wait for
 * a value that nobody thought of. They are objects in memory, which begin with the address of their class; a class is a
 * kernel's when it inherits the functions that most classes inherit of which runs entered what they compute.
 */
function kernelFunctions(words: Int32Array, table: TableContents, entered: ReadonlySet<string>): string[] {
  const classes = [...new Set(words)]
    .map((word) => classAt(words, word, table))
    .filter((members) => members.length > COMPUTE + 1);
  const votes = new Map<string, number>();
  for (const members of classes) {
    if (!entered.has(members[COMPUTE] ?? '')) continue;
    for (const name of new Set(members.slice(COMPUTE + 1))) votes.set(name, (votes.get(name) ?? 0) + 1);
  }
  const [inherited, count = 0] = [...votes].reduce((most, vote) => (vote[1] > most[1] ? vote : most), ['', 0]);
  if (count < 2) return [];
  const kernels = classes.filter((members) => members.indexOf(inherited) > COMPUTE);
  return kernels.flatMap((members) => members[COMPUTE] ?? []);
}

/**
 * The functions of the class whose table stands at `address`, none where there is no such table: two words before it are
 * 0 or less (the offset to the whole object, and no type information), and slots follow up to the first word that is none.
 */
function classAt(words: Int32Array, address: number, { functions, offset }: TableContents): string[] {
  const at = address / WORD_BYTES;
  if (address < FIRST_ADDRESS || !Number.isInteger(at) || words[at - 1] !== 0 || (words[at - 2] ?? 1) > 0) return [];
  const members: string[] = [];
  for (let i = at; ; i++) {
    const name = functions[(words[i] ?? 0) - offset];
    if (name === undefined) return members;
    members.push(name);
  }
}

/** The functions that `from` calls directly, and they in turn, themselves among them, without those of `except`. */
function reach(
  from: Iterable<string>,
  except: readonly ReadonlySet<string>[],
  read: (name: string) => Code,
): Set<string> {
  const reached = new Set<string>();
  const work = [...from];
  for (let name = work.pop(); name !== undefined; name = work.pop()) {
    if (reached.has(name) || except.some((names) => names.has(name ?? ''))) continue;
    reached.add(name);
    work.push(...read(name).calls);
  }
  return reached;
}

function exportedFunctions(module: Module): string[] {
  const all = Array.from({ length: module.getNumExports() }, (_, i) =>
    binaryen.getExportInfo(module.getExportByIndex(i)),
  );
  return all.filter(({ kind }) => kind === binaryen.ExternalFunction).map(({ value }) => value);
}

/** Reads a function's code once, as the text that binaryen prints. */
function createReader(module: Module): (name: string) => Code {
  const known = new Map<string, Code>();
  return (name) => {
    const found = known.get(name) ?? readCode(module, name);
    known.set(name, found);
    return found;
  };
}

function readCode(module: Module, name: string): Code {
  const { module: from, body } = binaryen.getFunctionInfo(module.getFunction(name));
  if (from !== null && from !== '') return { calls: [], constants: [], passed: [] };
  const text = binaryen.emitText(body);
  return {
    calls: [...text.matchAll(/\(call \$([^\s)]+)/g)].map(([, called = '']) => called),
    constants: [...text.matchAll(/\(i32\.const (\d+)\)/g)].map(([, value]) => Number(value)),
    passed: passedConstants(text),
  };
}

/** The constants that stand among the arguments of direct calls: the text has one expression a line, operands deeper. */
function passedConstants(text: string): number[] {
  const passed: number[] = [];
  const outer: { readonly depth: number; readonly isCall: boolean }[] = [];
  for (const line of text.split('\n')) {
    const expression = line.trimStart();
    const depth = line.length - expression.length;
    while ((outer.at(-1)?.depth ?? -1) >= depth) outer.pop();
    const [, value] = /^\(i32\.const (\d+)\)/.exec(expression) ?? [];
    if (value !== undefined && outer.at(-1)?.isCall === true) passed.push(Number(value));
    outer.push({ depth, isCall: expression.startsWith('(call $') });
  }
  return passed;
}
