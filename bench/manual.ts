/** The command lines of `npm run bench`, `serve` and `limits`, as data for the parser and for `--help`. */
import type { Command, Program } from '../models/build/command-line.ts';
import { BUILD_ARGS } from '../models/build/options.ts';
import { FIELDS, type Field } from './advice/situation.ts';
import { ARM_NAMES } from './arms/arms.ts';
import { ONLY_NAMES } from './experiments/plan.ts';

const VERBOSE = { verbose: { type: 'boolean', help: 'prints all of it, not the answer alone' } } as const;

function text(value: string, help: string) {
  return { type: 'string', value, help } as const;
}

const RUN_NOTE = 'A run is its folder under bench/results, or its results.json; latest is the newest.';

export const RUN = {
  script: 'bench',
  verb: 'run',
  about: 'Measures, and says which to deploy; may be left out.',
  options: {
    profile: text('NAME', 'quick (default, a minute), standard (45 minutes), full (hours)'),
    only: text('NAME', `one experiment of ${ONLY_NAMES.join(', ')}, as in standard`),
    arms: text('a,b', 'what to compare, as serve --help lists (default: the profile)'),
    target: { ...text('NAME=URL', 'a deployment to measure in the same way, alone or beside --arms'), multiple: true },
    scripts: { ...text('NAME=a,b', "a target's Workers, whose CPU and memory to ask of Cloudflare"), multiple: true },
    client: text('fetch|undici', 'one client for all (default: fetch for latency, undici for the rest)'),
    seed: text('N', 'of orders, payloads and schedules (default: the time)'),
    ...VERBOSE,
    ...BUILD_ARGS,
  },
  exitCodes: '0 done, 1 failed, 2 wrong use, 3 cut off, 128 + N ended by signal N',
  examples: ['npm run bench -- run --only cold-start', 'npm run bench -- run --target mine=http://localhost:8787'],
} as const satisfies Command;

export const REPORT = {
  script: 'bench',
  verb: 'report',
  operands: '[RUN]',
  about: 'Makes all reports of a run anew, from its records.',
  options: VERBOSE,
  note: 'RUN is a folder under bench/results (default: latest, the newest).',
  exitCodes: '0 done, 1 failed, 2 wrong use',
  examples: ['npm run bench -- report', 'npm run bench -- report bench/results/latest --verbose'],
} as const satisfies Command;

export const COMPARE = {
  script: 'bench',
  verb: 'compare',
  operands: 'OLD NEW',
  about: 'Says whether a newer run is worse than an older one.',
  options: VERBOSE,
  note: RUN_NOTE,
  exitCodes: '0 no regression, 1 regression, 2 wrong use, 3 invalid or not comparable',
  examples: ['npm run bench -- compare base/bench/results/latest bench/results/latest'],
} as const satisfies Command;

export const SELFTEST = {
  script: 'bench',
  verb: 'selftest',
  about: 'Measures the benchmark itself, on servers whose every answer is known.',
  options: {},
  exitCodes: '0 right, 1 wrong or failed, 2 wrong use',
  examples: ['npm run bench -- selftest'],
} as const satisfies Command;

export const ADVISE = {
  script: 'bench',
  verb: 'advise',
  operands: '[RUN]',
  about: 'Says which to deploy in a situation of your own, and what would change that.',
  options: Object.fromEntries(FIELDS.map((field) => [field.option, text('N', helpOf(field))])),
  note: `${RUN_NOTE} Without one it is the newest.`,
  exitCodes: '0 done, 1 failed, 2 wrong use',
  examples: ['npm run bench -- advise --rate 20 --slo-ms 50', 'npm run bench -- advise bench/results/latest --rate 9'],
} satisfies Command;

function helpOf({ title, initial, fallback }: Field): string {
  return `${title} (default ${initial ?? fallback})`;
}

export const VERBS = { run: RUN, report: REPORT, compare: COMPARE, selftest: SELFTEST, advise: ADVISE } as const;
export type VerbName = keyof typeof VERBS;

export const BENCH: Program<VerbName> = {
  script: 'bench',
  about: 'Measures models on one Worker against two, on this machine, and says which to deploy.',
  verbs: VERBS,
  usual: 'run',
  examples: ['npm run bench', 'npm run bench -- --profile standard', 'npm run bench -- advise --rate 20 --slo-ms 50'],
};

export const SERVE = {
  script: 'serve',
  about: 'Starts one arm of the benchmark until it is told to end; prints "ready URL" once it has answered.',
  options: {
    arm: text('NAME', `one of ${ARM_NAMES.join(', ')}`),
    port: text('N', '0 to 65535 (default 0: a free one)'),
    ...BUILD_ARGS,
  },
  note: 'Arms are Workers on workerd as in production, or, from flask-monolith on, peers of another make.',
  exitCodes: '1 its parent is gone, 2 wrong use or failed start, 128 + N ended by signal N',
  examples: ['npm run serve -- --arm combined --port 8787', 'npm run serve -- --arm pair-rpc --models auto-mpg'],
} as const satisfies Command;

export const LIMITS = {
  script: 'limits',
  about: "Measures each Worker's bundle, start-up, memory and CPU against the limits of Cloudflare's free plan.",
  options: BUILD_ARGS,
  exitCodes: '0 within all of them, 1 one is exceeded or the measuring failed, 2 wrong use',
  examples: ['npm run limits', 'npm run limits -- --models auto-mpg'],
} as const satisfies Command;
