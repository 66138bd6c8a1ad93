/**
 * What each deployment is made of and takes: the "simpler to deploy" of the comparison, as figures; and from which weight of
 * a model on the hop to a second Worker is a small part of a request.
 */
import { EMPTY } from '../load/workloads.ts';
import type { FootprintRecord } from '../run/records.ts';
import { quantile } from '../stats/distributions.ts';
import { isSweep8 } from './metrics.ts';
import { dollarsPerMillion, PAID_PLAN } from './prices.ts';
import type { BreakEvenPoint, Deployment, Measurement, Results } from './results.ts';
import type { Series } from './series.ts';

const PAIR = ['gateway', 'predictor'];

/** The Workers of each arm that can be deployed. `combined-stock` is left out: its bundle is another than that measured. */
const DEPLOYED_WORKERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['combined', ['combined']],
  ['pair-rpc', PAIR],
  ['pair-fetch', PAIR],
  ['pair-http', PAIR],
]);

/** The arm whose gateway calls its predictor by a public URL: that call is a request with a fee of its own. */
const CALLS_BY_URL = 'pair-http';

/** Whether the arm is two Workers, with a hop between them. */
export function isPair(subject: string): boolean {
  return DEPLOYED_WORKERS.get(subject) === PAIR;
}

/** Of the subjects that can be deployed. One `wrangler deploy` and one wrangler.toml for each Worker: see workers/deploy.ts. */
export function deploymentsOf(
  subjects: readonly string[],
  footprints: readonly FootprintRecord[],
  measurements: readonly Measurement[],
): Deployment[] {
  return subjects.flatMap((subject) => {
    const workers = DEPLOYED_WORKERS.get(subject);
    if (workers === undefined) return [];
    const cpu = measurements.find(
      ({ subject: name, metric, condition }) =>
        name === subject && metric === 'cpuMsPerRequest' && condition !== null && isSweep8(condition),
    );
    const cpuMs = cpu === undefined || cpu.invalid !== null ? null : cpu.estimate;
    const fee = subject === CALLS_BY_URL ? PAID_PLAN.dollarsPerMillionRequests : 0;
    const measured = workers.flatMap((worker) => footprints.filter((record) => record.worker === worker));
    return {
      subject,
      workers: measured.map(({ kind: _, startupMs, ...one }) => ({ ...one, startupMs: quantile(startupMs, 0.5) })),
      deploySteps: workers.length,
      configurations: workers.length,
      dollarsPerMillion: cpuMs === null ? null : dollarsPerMillion({ cpuMs }) + fee,
    };
  });
}

/**
 * A point for every pair and workload of the payloads experiment where both the hop and the Worker's own time are known.
 * The Worker's own time is the baseline's median less that of the empty Worker, which is the client's and the server's.
 */
export function breakEvenOf(
  { baseline, comparisons, measurements }: Pick<Results, 'baseline' | 'comparisons' | 'measurements'>,
  series: readonly Series[],
): BreakEvenPoint[] {
  return comparisons.flatMap(({ b, metric, condition, delta, verdict }) => {
    if (condition?.experiment !== 'payloads' || metric !== 'latencyP50Ms' || !isPair(b) || isPair(baseline)) return [];
    const same = measurements.filter((one) => one.metric === metric && one.condition === condition);
    const [all = null, none = null] = [baseline, EMPTY].map(
      (name) => same.find(({ subject, invalid }) => subject === name && invalid === null)?.estimate,
    );
    if (delta === null || verdict === 'invalid' || all === null || none === null || all <= none) return [];
    const workerMs = all - none;
    const { experiment, workload } = condition;
    const asked = series.filter(
      (one) => one.condition.experiment === experiment && one.condition.workload === workload,
    );
    return {
      workload,
      subject: b,
      workerMs,
      hopMs: delta,
      share: delta.estimate / (workerMs + delta.estimate),
      /** Null where the records do not say. */
      requestBytes: asked.flatMap(({ windows }) => windows.flatMap((window) => window.requestBytes ?? []))[0] ?? null,
    };
  });
}
