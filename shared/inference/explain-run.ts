/**
 * Puts what a run ended with into words for the client whose inputs they were. onnxruntime's own texts name source files,
 * C++ functions and conditions; what is left of them here is the operator and the reason.
 */
import { MAX_RUN_ALLOCATIONS, MAX_WASM_BYTES } from '../limits.ts';
import { RunBroken, RunEndless } from './runtime.ts';

const MEMORY = `a run that needs more than the ${MAX_WASM_BYTES / 2 ** 20} MiB of memory that there are; ask for fewer rows, or smaller inputs`;
const ENDLESS = `a run that does not end within ${MAX_RUN_ALLOCATIONS} allocations; ask for fewer rounds or rows`;

/** What broke a run off, as V8 and the package's glue word it. */
const BREAKS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/divide by zero|remainder by zero/, 'a division of an integer by zero'],
  [/unrepresentable|float/, 'a number that does not fit an integer'],
  [/out of bounds/, 'an access out of bounds'],
  [/call stack/, 'calls that are nested too deep'],
  [/bytes of the runtime's memory/, MEMORY],
];

/** Parts of onnxruntime's texts that say nothing to a client. */
const NOISE: readonly RegExp[] = [
  /^.*ERROR_MESSAGE: /s,
  /Exception during initialization: /g,
  // File, line and function of the source.
  /\S+\.(?:cc|h|cpp|hpp):\d+ (?:[^()]*\([^()]*\)(?: const)?(?: \[with [^\]]*\])? |\w+ (?=[A-Z]))?/g,
  // The condition that did not hold.
  /^.*? was false\. (?=\S)/s,
  /^\[\w+Error\] : \d+ : \w+ : /,
];

const NODE = /Non-zero status code returned while running (\w+) node\. Name:'[^']*' Status Message: /;
const INDEX = /idx=(-?\d+) must be within the inclusive range \[(-?\d+),(-?\d+)\]/;
const MAX_CHARS = 300;

/** The reason; undefined where the inputs are not at fault. */
export function explainRun(cause: unknown): string | undefined {
  if (cause instanceof RunBroken) return isOurs(cause.cause) ? undefined : explainBreak(cause.cause);
  const text = cause instanceof Error ? cause.message : '';
  return text.includes('ERROR_MESSAGE') ? explainRefusal(text) : undefined;
}

/** Whether a run was broken off by a fault in our own code: what the module and its bounds throw is of other kinds. */
function isOurs(cause: unknown): boolean {
  return cause instanceof TypeError || cause instanceof ReferenceError;
}

/** Whether a run ended for want of memory, which earlier runs may hold: onnxruntime keeps what it once had. */
export function isOutOfMemory(cause: unknown): boolean {
  return explainRun(cause) === MEMORY;
}

function explainBreak(cause: unknown): string {
  if (cause instanceof RunEndless) return ENDLESS;
  const text = cause instanceof Error ? cause.message : String(cause);
  return BREAKS.find(([pattern]) => pattern.test(text))?.[1] ?? 'values or sizes on which it breaks off';
}

function explainRefusal(text: string): string {
  if (/bad_alloc|[Ff]ailed to allocate memory|out of memory/.test(text)) return MEMORY;
  const [, operator] = NODE.exec(text) ?? [];
  const at = operator === undefined ? '' : ` in ${operator}`;
  const [, index, least, most] = INDEX.exec(text) ?? [];
  if (index !== undefined) return `index ${index} outside ${least}..${most}${at}`;
  const plain = NOISE.reduce((rest, pattern) => rest.replace(pattern, ''), text.replace(NODE, ''))
    .replaceAll(/\s+/g, ' ')
    .trim();
  return `${plain.slice(0, MAX_CHARS)}${at}`;
}
