/**
 * What a request takes by how long its model runs, and so which arrangement serves most with a core: from which model time
 * on two services are better than one Worker, and which wins for a share of cheap requests that need no model.
 */
import { CHEAP } from '../load/workloads.ts';
import { mean } from '../stats/interval.ts';
import { estimateOf, type Measurement } from './comparisons.ts';

/** Connections of the windows that tell a request's time, and its CPU where the server is busy; both in ms. */
export const COST_CONNECTIONS = { latencyP50Ms: 1, cpuMsPerRequest: 8 } as const;
export type CostMetric = keyof typeof COST_CONNECTIONS;
const METRICS = ['latencyP50Ms', 'cpuMsPerRequest'] as const satisfies CostMetric[];

export type Crossings = NonNullable<ReturnType<typeof crossingsOf>>;

/** Of each other subject against `base`; null for a run that has no costs of it. */
export function crossingsOf(measurements: readonly Measurement[], base: string) {
  const usable = measurements.filter(({ condition, invalid }) => condition?.experiment === 'cost' && invalid === null);
  const distinct = (of: (one: Measurement) => string | undefined) => [
    ...new Set(usable.flatMap((one) => of(one) ?? [])),
  ];
  const [subjects, workloads] = [distinct(({ subject }) => subject), distinct(({ condition }) => condition?.workload)];
  /** A value a start. */
  const costs = (subject: string, workload: string, metric: CostMetric) =>
    usable.find(({ condition, ...one }) => {
      const { load } = condition ?? {};
      const isAsked = load?.kind === 'closed' && load.connections === COST_CONNECTIONS[metric];
      return isAsked && one.subject === subject && one.metric === metric && condition?.workload === workload;
    })?.starts ?? [];
  const cheap = costs(base, CHEAP, 'latencyP50Ms');
  if (cheap.length === 0) return null;
  /** Time that the model takes in one Worker, in ms: that of a request, less that of a cheap one. */
  const times = workloads.flatMap((workload) => {
    const starts = costs(base, workload, 'latencyP50Ms').map((ms, i) => minus(ms, cheap[i]));
    return workload === CHEAP ? [] : { workload, starts, ms: mean(starts.filter(Number.isFinite)) };
  });
  const crossings = subjects.flatMap((subject) =>
    METRICS.flatMap((metric) => {
      const starts = cheap.map((_, start) => {
        const gains = times.map(({ workload, starts }) => {
          const [a, b] = [base, subject].map((one) => costs(one, workload, metric)[start]);
          return { x: starts[start] ?? Number.NaN, gain: minus(a, b) };
        });
        return crossingOf(gains.filter(({ x, gain }) => Number.isFinite(x + gain)));
      });
      return subject === base ? [] : { subject, metric, ...told(starts) };
    }),
  );
  /** Requests a millisecond and core, of each subject. */
  const rates = (workload: string, cheapShare: number, start: number) =>
    subjects.map((subject) => {
      const [none, model] = [CHEAP, workload].map((one) => costs(subject, one, 'cpuMsPerRequest')[start] ?? Number.NaN);
      return 1 / (cheapShare * (none ?? 0) + (1 - cheapShare) * (model ?? 0));
    });
  const winners = SHARES.flatMap((cheapShare) =>
    times.flatMap(({ workload, ms }) => {
      const starts = cheap.map((_, start) => rates(workload, cheapShare, start));
      const won = winnerOf(subjects, starts);
      return won === null ? [] : { cheapShare, workload, ms, ...won };
    }),
  );
  return { base, times: times.map(({ workload, ms }) => ({ workload, ms })), crossings, winners };
}

function minus(a: number | null | undefined, b: number | null | undefined): number {
  return (a ?? Number.NaN) - (b ?? Number.NaN);
}

/** The crossings of all starts, with their mean where there is one in each; JSON has no infinity. */
function told(starts: readonly (number | null)[]) {
  const known = starts.filter((ms) => ms !== null);
  const isFound = known.length > 0 && known.every((ms) => ms > 0 && ms < Number.POSITIVE_INFINITY);
  const inWords = starts.map((ms) => (ms === Number.POSITIVE_INFINITY ? 'never' : ms));
  return { starts: inWords, ...estimateOf('latencyP50Ms', isFound ? known : []) };
}

/** Shares of cheap requests that a winner is told for. */
const SHARES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/**
 * Who serves most in the mean over starts, whose rates are in the order of `names`; sure when it is so in every start. Null
 * where a rate is not known.
 */
export function winnerOf(names: readonly string[], starts: readonly (readonly number[])[]) {
  const best = (rates: readonly number[]) => names[rates.indexOf(Math.max(...rates))];
  const winner = best(names.map((_, i) => mean(starts.map((rates) => rates[i] ?? Number.NaN))));
  return winner === undefined ? null : { winner, isSure: starts.every((rates) => best(rates) === winner) };
}

/** How much better something is at `x`, in any unit: below zero when it is worse. */
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
