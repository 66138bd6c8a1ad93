/** What each deployment is made of and takes; from which weight of a model on the hop is a small part of a request. */
import { EMPTY } from '../load/workloads.ts';
import { quantile } from '../stats/distributions.ts';
import type { ComparisonResult, Measurement } from './comparisons.ts';
import { conditionKey, isPrimary } from './metrics.ts';
import { dollarsPerMillion, PAID_PLAN } from './prices.ts';
import type { CollectedRun } from './series.ts';
import { DEPLOYED_WORKERS, isPair } from './subjects.ts';

/** Of the subjects that can be deployed. One `wrangler deploy` and one wrangler.toml for each Worker: see deploy/deploy.ts. */
export function deploymentsOf(subjects: readonly string[], run: CollectedRun, measured: readonly Measurement[]) {
  return subjects.flatMap((subject) => {
    const workers = DEPLOYED_WORKERS.get(subject);
    if (workers === undefined) return [];
    const cpu = measured.find((one) => one.subject === subject && one.metric === 'cpuMsPerRequest' && isPrimary(one));
    const cpuMs = cpu?.invalid === null ? cpu.estimate : null;
    // Its gateway calls its predictor by a public URL: a request with a fee of its own.
    const fee = subject === 'pair-http' ? PAID_PLAN.dollarsPerMillionRequests : 0;
    const footprints = workers.flatMap((worker) => run.footprints.filter((record) => record.worker === worker));
    return {
      subject,
      workers: footprints.map(({ kind: _, startupMs, ...one }) => ({ ...one, startupMs: quantile(startupMs, 0.5) })),
      deploySteps: workers.length,
      configurations: workers.length,
      /** On the public price list; null where its CPU a request is not known. */
      dollarsPerMillion: cpuMs === null ? null : dollarsPerMillion({ cpuMs }) + fee,
    };
  });
}

/** A point for every pair and workload of the payloads experiment where both the hop and the Worker's own time are known. */
export function breakEvenOf(all: readonly ComparisonResult[], measured: readonly Measurement[], run: CollectedRun) {
  return all.flatMap(({ a, b, metric, condition, delta: hopMs, verdict }) => {
    if (condition?.experiment !== 'payloads' || metric !== 'latencyP50Ms' || !isPair(b) || isPair(a)) return [];
    const same = measured.filter((one) => one.metric === metric && one.condition === condition && one.invalid === null);
    const ownMs = (name: string) => same.find(({ subject }) => subject === name)?.estimate ?? null;
    const [whole, none] = [ownMs(a), ownMs(EMPTY)];
    if (hopMs === null || verdict === 'invalid' || whole === null || none === null || whole <= none) return [];
    /** What the empty Worker takes is the client's and the server's. */
    const workerMs = whole - none;
    const { workload } = condition;
    const asked = run.series.filter((one) => conditionKey(one.condition) === conditionKey(condition));
    const [requestBytes = null] = asked.flatMap(({ windows }) => windows.flatMap((one) => one.requestBytes ?? []));
    return { workload, subject: b, workerMs, hopMs, share: hopMs.estimate / (workerMs + hopMs.estimate), requestBytes };
  });
}
