/** The command line of `bench advise`, into a situation or one clear error. */
import { parseCommandLine, UsageError } from '../../models/build/options.ts';
import { DEFAULT_SITUATION, FIELDS, type Field, readField, type Situation, withField } from './situation.ts';

export interface AdviceOptions {
  /** Folder or results.json of the run; the newest run where none is named. */
  readonly run?: string;
  readonly situation: Situation;
}

/** Options by the fields' own names. */
const OPTIONS = Object.fromEntries(FIELDS.map(({ option }) => [option.slice(2), { type: 'string' } as const]));

/** What is not given is as in the default situation. Throws `UsageError`. */
export function readAdviceOptions(args: readonly string[]): AdviceOptions {
  const { values, positionals } = parseCommandLine({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [run, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError(`advise: expected one run at most, got ${positionals.length}`);
  const situation = FIELDS.reduce(
    (so, field) => withOption(so, field, values[field.option.slice(2)]),
    DEFAULT_SITUATION,
  );
  return { situation, ...(run === undefined ? {} : { run }) };
}

function withOption(situation: Situation, field: Field, text: unknown): Situation {
  if (typeof text !== 'string') return situation;
  const read = readField(field, text);
  if ('error' in read) throw new UsageError(`${field.option}: ${read.error}`);
  return withField(situation, field.name, read.value);
}
