/**
 * What a request takes by how long its model runs, and so which arrangement serves most with a core: from which model time
 * on two services are better than one Worker, and which wins for a share of cheap requests that need no model.
 */
import { CHEAP } from '../load/workloads.ts';
import { mean } from '../stats/interval.ts';
import { estimateOf, type Measurement } from './comparisons.ts';

/** The time at one connection, and CPU where the server is busy; both in ms. */
const METRICS = { latencyP50Ms: 1, cpuMsPerRequest: 8 } as const;
type CostMetric = keyof typeof METRICS;

const MS_PER_S = 1000;

/** A subject's requests of one workload: a value a start, in ms. */
export interface Cost {
  readonly subject: string;
  readonly workload: string;
  readonly latencyP50Ms: readonly (number | null)[];
  readonly cpuMsPerRequest: readonly (number | null)[];
}

export type Crossings = NonNullable<ReturnType<typeof crossingsOf>>;
export type Winner = ReturnType<typeof winnersOf>[number];

/** Of each other subject against `base`; null for a run that has no costs of it. */
export function crossingsOf(measurements: readonly Measurement[], base: string) {
  const costs = costsOf(measurements);
  const own = costs.filter(({ subject }) => subject === base);
  if (own.length === 0) return null;
  const others = [...new Set(costs.map(({ subject }) => subject))].filter((subject) => subject !== base);
  const times = modelTimes(own);
  return {
    base,
    /** Time that the model takes in one Worker, in ms: that of a request, less that of a cheap one. */
    times,
    costs: costs.map((cost) => ({
      subject: cost.subject,
      workload: cost.workload,
      cpuMs: known(cost.cpuMsPerRequest),
    })),
    crossings: others.flatMap((subject) =>
      (['latencyP50Ms', 'cpuMsPerRequest'] as const).map((metric) => {
        const theirs = costs.filter((cost) => cost.subject === subject);
        return { subject, metric, ...crossing(own, theirs, metric) };
      }),
    ),
    winners: winnersOf(costs, times),
  };
}

/** By workload in the order of measurements; invalid ones are left out. */
function costsOf(measurements: readonly Measurement[]): Cost[] {
  const usable = measurements.filter(({ condition, invalid, metric }) => {
    const { experiment, load } = condition ?? {};
    const isAsked = load?.kind === 'closed' && METRICS[metric as CostMetric] === load.connections;
    return experiment === 'cost' && isAsked && invalid === null;
  });
  const groups = Map.groupBy(usable, ({ subject, condition }) => `${subject} ${condition?.workload}`);
  return [...groups.values()].flatMap((own) => {
    const of = (metric: CostMetric) => own.find((one) => one.metric === metric)?.starts ?? [];
    const [{ subject, condition } = {}] = own;
    if (subject === undefined || condition == null) return [];
    return {
      subject,
      workload: condition.workload,
      latencyP50Ms: of('latencyP50Ms'),
      cpuMsPerRequest: of('cpuMsPerRequest'),
    };
  });
}

/** By workload, the cheap routes left out: a time a start, and their mean. */
function modelTimes(own: readonly Cost[]) {
  const cheap = own.find(({ workload }) => workload === CHEAP)?.latencyP50Ms ?? [];
  return own.flatMap(({ workload, latencyP50Ms }) => {
    const starts = latencyP50Ms.map((ms, i) => (ms === null ? null : ms - (cheap[i] ?? 0)));
    return workload === CHEAP ? [] : { workload, starts, ms: known(starts) ?? Number.NaN };
  });
}

/** The mean of what is known; null where nothing is. */
function known(values: readonly (number | null)[]): number | null {
  const all = values.filter((value) => value !== null);
  return all.length === 0 ? null : mean(all);
}

/** In each start by itself: ms of the model from which on the other takes less; 0 for always, infinite for never. */
function crossing(own: readonly Cost[], theirs: readonly Cost[], metric: CostMetric) {
  const times = modelTimes(own);
  const starts = (times[0]?.starts ?? []).map((_, start) =>
    crossingOf(
      times.flatMap(({ workload, starts }) => {
        const [x, a, b] = [starts[start], ...[own, theirs].map((all) => at(all, workload, metric, start))];
        return x == null || a == null || b == null ? [] : { x, gain: a - b };
      }),
    ),
  );
  const found = starts.filter((ms) => ms !== null);
  const isFound = found.length > 0 && found.every((ms) => ms > 0 && Number.isFinite(ms));
  // JSON has no infinity.
  const told = starts.map((ms) => (ms === null || Number.isFinite(ms) ? ms : 'never'));
  return { starts: told, ...estimateOf(metric, isFound ? found : []) };
}

function at(costs: readonly Cost[], workload: string, metric: CostMetric, start: number): number | null {
  return costs.find((cost) => cost.workload === workload)?.[metric][start] ?? null;
}

/** Shares of cheap requests that a winner is told for. */
const SHARES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/**
 * Requests a second and core, by the CPU that each kind takes: 1 / (share x cheap + (1 - share) x model). The winner serves
 * most in the mean; it is sure when it does in every start.
 */
export function winnersOf(
  costs: readonly Cost[],
  times: readonly { readonly workload: string; readonly ms: number }[],
) {
  const subjects = [...new Set(costs.map(({ subject }) => subject))];
  const starts = costs[0]?.cpuMsPerRequest.map((_, i) => i) ?? [];
  return SHARES.flatMap((cheapShare) =>
    times.flatMap(({ workload, ms }) => {
      const ratesIn = (start: number) =>
        subjects.map((subject) => rateOf(costs, { subject, workload, cheapShare }, start));
      const all = starts.map(ratesIn);
      const means = subjects.map((_, i) => mean(all.map((rates) => rates[i] ?? Number.NaN)));
      const best = (rates: readonly number[]) => subjects[rates.indexOf(Math.max(...rates))];
      const winner = best(means);
      return winner === undefined
        ? []
        : { cheapShare, workload, ms, winner, isSure: all.every((rates) => best(rates) === winner) };
    }),
  );
}

/** Not a number where a cost is not known. */
export function rateOf(
  costs: readonly Cost[],
  { subject, workload, cheapShare }: Readonly<Record<'subject' | 'workload', string>> & { readonly cheapShare: number },
  start: number,
): number {
  const own = costs.filter((cost) => cost.subject === subject);
  const [cheap, model] = [CHEAP, workload].map((one) => at(own, one, 'cpuMsPerRequest', start) ?? Number.NaN);
  return MS_PER_S / (cheapShare * (cheap ?? 0) + (1 - cheapShare) * (model ?? 0));
}

/** How much better it is at `x`, in any unit: below zero when it is worse. */
export type Gain = Readonly<Record<'x' | 'gain', number>>;

/**
 * The x above which it is better throughout: between the last point where it is not and the next, on the straight line
 * through both. 0 when it is nowhere worse, infinite when it is worse at the last point; null without any point.
 */
export function crossingOf(gains: readonly Gain[]): number | null {
  const rising = gains.toSorted((a, b) => a.x - b.x);
  const last = rising.findLastIndex(({ gain }) => gain <= 0);
  const [worse, better] = [rising[last], rising[last + 1]];
  if (worse === undefined) return rising.length === 0 ? null : 0;
  if (better === undefined) return Number.POSITIVE_INFINITY;
  return worse.x + ((better.x - worse.x) * worse.gain) / (worse.gain - better.gain);
}
