/**
 * `npm run models -- <verb>`: adds, lists, describes and makes models. Exit codes: 0 done, 1 refused or failed, 2 wrong
 * use.
 */
import { MODELS } from './build/manual.ts';
import { runVerb } from './build/program.ts';

await runVerb(MODELS, async (verb) => (await import('./build/verbs.ts')).RUNS[verb]);
