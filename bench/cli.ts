/** `npm run bench -- [run|report|compare|selftest|advise] ...`: one program, a file of commands/ for each verb. */
import { type Run, runVerb } from '../models/build/program.ts';
import { exitWhenTold } from './arms/processes.ts';
import { BENCH, type VerbName } from './manual.ts';

/** Loaded on demand: a report needs nothing of what starts Workers. */
const COMMANDS: Readonly<Record<VerbName, () => Promise<Run>>> = {
  run: async () => (await import('./commands/run.ts')).run,
  report: async () => (await import('./commands/report.ts')).report,
  compare: async () => (await import('./commands/compare.ts')).compare,
  selftest: async () => (await import('./commands/selftest.ts')).selftest,
  advise: async () => (await import('./commands/advise.ts')).advise,
};

// Processes of arms end with this one's exit, and the generator with its channel to this one.
exitWhenTold();
await runVerb(BENCH, (verb) => COMMANDS[verb]());
