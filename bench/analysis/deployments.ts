/** What each deployment is made of and takes: the "simpler to deploy" of the comparison, as figures. */

import type { FootprintRecord } from '../run/records.ts';
import { quantile } from '../stats/quantile.ts';
import { isSweep8 } from './condition.ts';
import { dollarsPerMillion, PAID_PLAN } from './prices.ts';
import type { Deployment, Measurement } from './results.ts';

const PAIR = ['gateway', 'predictor'];

/** The Workers of each arm that can be deployed. `combined-stock` is left out: its bundle is another than that measured. */
export const DEPLOYED_WORKERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['combined', ['combined']],
  ['pair-rpc', PAIR],
  ['pair-fetch', PAIR],
  ['pair-http', PAIR],
]);

/** Arms whose gateway calls its predictor by a public URL: that call is a request with a fee of its own. */
const CALLS_BY_URL: ReadonlySet<string> = new Set(['pair-http']);

/** Whether the arm is two Workers, with a hop between them. */
export function isPair(subject: string): boolean {
  return DEPLOYED_WORKERS.get(subject)?.length === PAIR.length;
}

export interface DeploymentsInput {
  /** Names of the subjects that were measured. */
  readonly subjects: readonly string[];
  readonly footprints: readonly FootprintRecord[];
  readonly measurements: readonly Measurement[];
}

export function deploymentsOf({ subjects, footprints, measurements }: DeploymentsInput): Deployment[] {
  return subjects.flatMap((subject) => {
    const workers = DEPLOYED_WORKERS.get(subject);
    if (workers === undefined) return [];
    const cpuMs = cpuAtSweep8(subject, measurements);
    return {
      subject,
      workers: workers.flatMap((worker) => footprints.filter((record) => record.worker === worker).map(describe)),
      // One `wrangler deploy` and one wrangler.toml for each Worker: see workers/deploy.ts.
      deploySteps: workers.length,
      configurations: workers.length,
      dollarsPerMillion: cpuMs === null ? null : priceOf(subject, cpuMs),
    };
  });
}

function priceOf(subject: string, cpuMs: number): number {
  return dollarsPerMillion({ cpuMs }) + (CALLS_BY_URL.has(subject) ? PAID_PLAN.dollarsPerMillionRequests : 0);
}

function describe({ kind: _, startupMs, ...footprint }: FootprintRecord): Deployment['workers'][number] {
  return { ...footprint, startupMs: quantile(startupMs, 0.5) };
}

function cpuAtSweep8(subject: string, measurements: readonly Measurement[]): number | null {
  const found = measurements.find(
    ({ subject: name, metric, condition }) =>
      name === subject && metric === 'cpuMsPerRequest' && condition !== null && isSweep8(condition),
  );
  return found === undefined || found.invalid !== null ? null : found.estimate;
}
