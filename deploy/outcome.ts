/** What is said when the uploads are over: what stands where, how to go on, and how to go back. */
import { readConfig, type WorkerName } from '../models/build/workers.ts';
import type { Upload } from './upload.ts';

export interface Outcome {
  readonly made: readonly Upload[];
  /** Those that were asked for and are not uploaded. */
  readonly left: readonly WorkerName[];
  /** What was typed, so that going on is the same deployment. */
  readonly typed: readonly string[];
  /** The arguments of a wrangler that acts for the same account, each after a space; empty for one's own. */
  readonly account: string;
}

/** Lines for a terminal, each ended. */
export function describeOutcome({ made, left, typed, account }: Outcome): string {
  const [next] = left;
  const names = left.map((worker) => readConfig(worker).name).join(', ');
  const lines = [
    ...made.map(
      ({ name, version, url }) => `uploaded:   ${name}, version ${version}${url === undefined ? '' : `, ${url}`}`,
    ),
    ...(next === undefined ? [] : [`NOT UPLOADED: ${names}; what was there of it answers as before`]),
    ...(next === undefined || made.length === 0
      ? []
      : [`to go on:   npm run deploy:pair -- ${['--only', next, ...typed].join(' ')}`]),
    // The gateway before the predictor that it calls.
    ...made.toReversed().map(({ name, isFirst }) => {
      return `to go back: npx wrangler ${isFirst ? `delete ${name}` : `rollback --name ${name}`}${account}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
