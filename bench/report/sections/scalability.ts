/**
 * How the arms bear more: an offered load, the highest rate within the objective, more connections and whether the measures
 * of it fit together, and a cheap route's company.
 */
import type { Metric } from '../../analysis/metrics.ts';
import type { Measurement, Results } from '../../analysis/results.ts';
import { OBJECTIVE } from '../../analysis/window-summary.ts';
import { type Chart, type Section, tableOf } from '../document.ts';
import { amount, fixed, interval, percent, range } from '../format.ts';
import * as run from '../lookup.ts';
import { comparisonSentence, named } from '../verdict.ts';

/** Response times of open loops. */
export function offeredLoadSection(results: Results): Section | null {
  const offered = results.measurements.filter(({ condition }) => condition?.experiment === 'offered-load');
  const p50 = offered.filter(({ metric }) => metric === 'latencyP50Ms');
  if (p50.length === 0) return null;
  const shareOf = ({ condition }: Pick<Measurement, 'condition'>) => condition?.share ?? 0;
  const rising = p50.toSorted((a, b) => shareOf(a) - shareOf(b));
  const shares = [...new Set(rising.map(shareOf))];
  const beside = (metric: Metric) => (one: Measurement) => {
    const own = offered.filter(({ subject }) => subject === one.subject);
    return fixed(own.find((other) => other.metric === metric && shareOf(other) === shareOf(one))?.estimate ?? null, 2);
  };
  const top = shares.at(-1) ?? 0;
  const atTop = results.comparisons.filter(({ metric, condition }) => {
    return metric === 'latencyP99Ms' && condition?.experiment === 'offered-load' && condition.share === top;
  });
  return {
    id: 'offered-load',
    title: 'Latency under load',
    lead: `Open loop, Poisson arrivals, client ${run.clientOf(results, 'offered-load')}, at shares of what the slowest deployment can do. Response time counts from when a request was due, service time from when it was sent.`,
    finding: comparisonSentence(`At ${percent(top)} of the slowest arm's capacity, at p99`, atTop),
    pictures: loadCharts(run.withoutReferences(offered), shares),
    reading: `Bars are 95% intervals over starts; a hollow point is client-limited; the vertical axes are logarithmic. Dashed: the objective, ${OBJECTIVE.ms} ms.`,
    table: tableOf(rising, 1, [
      ['arm', ({ subject }) => subject],
      ['load', (one) => `${percent(shareOf(one))}${one.invalid === null ? '' : '!'}`],
      ['req/s', ({ condition }) => fixed(condition?.load.kind === 'open' ? condition.load.ratePerS : null, 0)],
      ['p50 ms', ({ estimate }) => fixed(estimate, 2)],
      ['95% interval', ({ ci95 }) => range(ci95)],
      ['p99 ms', beside('latencyP99Ms')],
      ['service p50', beside('serviceP50Ms')],
      ['service p99', beside('serviceP99Ms')],
    ]),
    notes: run.notesOn(p50.map((one) => ({ ...one, clientLimited: false }))),
  };
}

/** One chart a percentile; that of the objective has its line. */
function loadCharts(offered: readonly Measurement[], ticks: readonly number[]): Chart[] {
  return [50, 90, 99].map((percentile) => {
    const own = offered.filter(({ metric }) => metric === `latencyP${percentile}Ms`);
    return {
      kind: 'chart',
      x: { label: 'share of the slowest capacity', ends: [0, 1], ticks, format: percent },
      y: { label: `p${percentile} of response time, ms`, isLog: true },
      limit: percentile === OBJECTIVE.percentile * 100 ? OBJECTIVE.ms : null,
      lines: run.linesOf(own, ({ share = null }) => share),
    };
  });
}

/** The highest rate within the objective. */
export function maxRateSection({ maxRates }: Results): Section | null {
  const [first] = maxRates;
  if (first === undefined) return null;
  const { percentile, ms } = first.objective;
  const rows = run.withoutReferences(maxRates).flatMap(({ subject, estimate, ci95 }) => {
    if (estimate === null) return [];
    return [{ subject, text: `${amount(estimate)} (95% interval ${interval(ci95)})`, point: estimate, ends: ci95 }];
  });
  const told = rows.map(({ subject, text }) => `${subject} up to ${text}`);
  return {
    id: 'max-rate',
    title: 'Highest rate within the objective',
    lead: `Requests a second at which p${percentile * 100} stays within ${ms} ms: doubled, bisected to 2%, confirmed three times, by the early stopping of MLPerf. Geometric mean over starts.`,
    finding: `p${percentile * 100} stayed at or below ${ms} ms at requests a second of: ${named(told) || 'none that was tried'}.`,
    pictures: [{ kind: 'rows', x: { label: 'requests/s', isLog: true }, rows }],
    reading: 'Means over starts with their 95% intervals, on a logarithmic axis.',
    table: tableOf(maxRates, 1, [
      ['arm', ({ subject }) => subject],
      ['req/s', ({ estimate }) => fixed(estimate, 0)],
      ['95% interval', ({ ci95 }) => range(ci95)],
      ['starts', ({ starts }) => `${starts.filter((rate) => rate !== null).length} of ${starts.length}`],
    ]),
    notes: maxRates.flatMap(({ subject, note }) => (note === null ? [] : `${subject}: ${note}.`)),
  };
}

/** Requests a second by connections. */
export function sweepSection(results: Results): Section | null {
  const sweep = results.measurements.filter(
    ({ metric, condition }) => metric === 'rps' && condition?.experiment === 'sweep',
  );
  const all = [...new Set(sweep.flatMap(({ condition }) => run.connectionsOf(condition) ?? []))].sort((a, b) => a - b);
  if (all.length < 3) return null;
  const asked = results.comparisons.filter(({ metric, primary }) => metric === 'rps' && primary);
  const columns = all.map((n) => [String(n), 'rps', run.isSweepOf(n), 0] as const);
  const x = { label: 'connections', isLog: true, ticks: all };
  const lines = run.linesOf(run.withoutReferences(sweep), run.connectionsOf);
  return {
    id: 'sweep',
    title: 'Throughput against connections',
    lead: `Right answers a second of a closed loop, client ${run.clientOf(results, 'sweep')}.`,
    finding: comparisonSentence('In throughput at 8 connections', asked),
    pictures: [{ kind: 'chart', x, y: { label: 'requests/s' }, lines }],
    reading: 'A hollow point is client-limited. Bars are 95% intervals over starts.',
    ...run.measuredTable(results, columns),
  };
}

/** Whether latency, throughput and CPU of the sweep fit together: one row an arm, with the figures at most connections. */
export function lawsSection({ laws }: Results): Section | null {
  if (laws.length === 0) return null;
  const faults = laws.filter(({ fault }) => fault !== null);
  return {
    id: 'laws',
    title: 'Laws that must hold',
    lead: "Little's law: rate x mean latency is the number of connections. Utilisation law: rate x CPU a request is at most the cores there are, and with many connections server or client is busy all the time. Latency and rate come from the client's clock, CPU from the kernel.",
    table: tableOf([...Map.groupBy(laws, ({ subject }) => subject).values()], 1, [
      ['arm', ([one]) => one?.subject ?? ''],
      ['hold at', (own) => `${own.filter((one) => !faults.includes(one)).length} of ${own.length}`],
      ['connections', (own) => String(own.at(-1)?.connections)],
      ['rate x latency', (own) => fixed(own.at(-1)?.littleConcurrency ?? null, 2)],
      ['server cores', (own) => fixed(own.at(-1)?.serverCores ?? null, 2)],
      ['client cores', (own) => fixed(own.at(-1)?.clientCores ?? null, 2)],
    ]),
    notes: faults.map(({ subject, connections, fault }) => `${subject} at ${connections}: ${fault}.`),
  };
}

const isOpenMixed: run.Which = (one) => one?.experiment === 'mixed' && one.load.kind === 'open';
const isAlone: run.Which = (one) => isOpenMixed(one) && one?.beside === undefined;
const isBeside: run.Which = (one) => isOpenMixed(one) && one?.beside !== undefined;

/** A cheap route alone and beside a heavy one. No test: the two are not compared as arms are. */
export function mixedSection(results: Results): Section | null {
  const condition = results.measurements.find((one) => isBeside(one.condition))?.condition;
  if (condition == null) return null;
  const { table, notes } = run.measuredTable(results, [
    ['alone ms', 'latencyP99Ms', isAlone, 2],
    ['95% interval', 'latencyP99Ms', isAlone, null],
    ['beside ms', 'latencyP99Ms', isBeside, 2],
    ['95% interval', 'latencyP99Ms', isBeside, null],
  ]);
  const limits =
    "Here all Workers of one workerd share a thread, and so they do on Cloudflare by default; replicas there are the platform's. What this cannot show is a gateway on other machines than its predictor. Both loads come from one core, so a part of it is the client's.";
  return {
    id: 'mixed',
    title: 'A cheap route beside a heavy one',
    lead: `p99 of ${condition.workload}, which needs no model, alone and while ${condition.beside} is asked without a pause on one connection; client ${condition.client}.`,
    table,
    notes: [limits, ...notes],
  };
}
