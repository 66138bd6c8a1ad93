/** How the arms bear load: more connections, offered load, the highest rate within the objective, a cheap route's company. */
import type { LawCheck, Measurement, Results } from '../../analysis/results.ts';
import { fixed, percent, range } from '../format.ts';
import { clientOf, findMeasurement, isSweepOf, measuredSubjects } from '../lookup.ts';
import type { Section } from '../section.ts';

/** Requests a second by connections. */
export function sweepSection(results: Results): Section | null {
  const connections = [
    ...new Set(
      results.measurements.flatMap(({ condition }) =>
        condition?.experiment === 'sweep' && condition.load.kind === 'closed' ? condition.load.connections : [],
      ),
    ),
  ].sort((a, b) => a - b);
  if (connections.length < 3) return null;
  const cell = (subject: string, n: number) => {
    const found = findMeasurement(results, { subject, metric: 'rps', which: isSweepOf(n) });
    return `${fixed(found?.estimate ?? null, 0)}${found?.clientLimited ? '*' : ''}${found?.invalid == null ? '' : '!'}`;
  };
  return {
    id: 'sweep',
    title: 'Throughput against connections',
    lead: `Right answers a second of a closed loop, client ${clientOf(results, 'sweep')}.`,
    header: ['arm', ...connections.map(String)],
    rows: measuredSubjects(results).map((subject) => [subject, ...connections.map((n) => cell(subject, n))]),
    words: 1,
    notes: ['* The client used more CPU than the server, so differences are understated. ! Invalid.'],
  };
}

/** Whether latency, throughput and CPU of the sweep fit together: one row an arm. */
export function lawsSection({ laws }: Results): Section | null {
  if (laws.length === 0) return null;
  const most = (checks: readonly LawCheck[]) => checks.at(-1);
  return {
    id: 'laws',
    title: 'Laws that must hold',
    lead: "Little's law: rate x mean latency is the number of connections. Utilisation law: rate x CPU a request is at most the cores there are, and with many connections server or client is busy all the time.",
    header: ['arm', 'hold at', 'rate x latency', 'of connections', 'server cores', 'client cores'],
    rows: [...Map.groupBy(laws, ({ subject }) => subject)].map(([subject, checks]) => [
      subject,
      `${checks.filter(({ fault }) => fault === null).length} of ${checks.length}`,
      fixed(most(checks)?.littleConcurrency ?? null, 2),
      String(most(checks)?.connections),
      fixed(most(checks)?.serverCores ?? null, 2),
      fixed(most(checks)?.clientCores ?? null, 2),
    ]),
    words: 1,
    notes: laws.flatMap(({ subject, connections, fault }) =>
      fault === null ? [] : [`${subject} at ${connections}: ${fault}.`],
    ),
  };
}

/** Response times of open loops. */
export function offeredLoadSection(results: Results): Section | null {
  const p50 = results.measurements.filter(
    ({ condition, metric }) => condition?.experiment === 'offered-load' && metric === 'latencyP50Ms',
  );
  if (p50.length === 0) return null;
  const shares = [...new Set(p50.flatMap(({ condition }) => condition?.share ?? []))].sort((a, b) => a - b);
  const at = (one: Measurement, metric: Measurement['metric']) =>
    findMeasurement(results, {
      subject: one.subject,
      metric,
      which: (condition) => condition?.experiment === 'offered-load' && condition.share === one.condition?.share,
    });
  return {
    id: 'offered-load',
    title: 'Latency under load',
    lead: `Open loop, Poisson arrivals, client ${clientOf(results, 'offered-load')}, at shares of what the slowest deployment can do. Response time counts from when a request was due, service time from when it was sent.`,
    header: ['arm', 'load', 'req/s', 'p50 ms', '95% interval', 'p99 ms', 'service p50', 'service p99'],
    rows: shares.flatMap((share) =>
      p50
        .filter(({ condition }) => condition?.share === share)
        .map((one) => [
          one.subject,
          `${percent(share)}${one.invalid === null ? '' : '!'}`,
          fixed(one.condition?.load.kind === 'open' ? one.condition.load.ratePerS : null, 0),
          fixed(one.estimate, 2),
          range(one.ci95, 2),
          ...(['latencyP99Ms', 'serviceP50Ms', 'serviceP99Ms'] as const).map((metric) =>
            fixed(at(one, metric)?.estimate ?? null, 2),
          ),
        ]),
    ),
    words: 1,
    notes: invalidNotes(p50),
  };
}

function invalidNotes(measurements: readonly Measurement[]): string[] {
  const reasons = new Set(
    measurements.flatMap((one) => (one.invalid === null ? [] : `${one.subject}: ${one.invalid}`)),
  );
  return reasons.size === 0 ? [] : [`! Invalid: ${[...reasons].join('; ')}.`];
}

/** The highest rate within the objective. */
export function maxRateSection({ maxRates }: Results): Section | null {
  const [first] = maxRates;
  if (first === undefined) return null;
  const { percentile, ms } = first.objective;
  return {
    id: 'max-rate',
    title: 'Highest rate within the objective',
    lead: `Requests a second at which p${percentile * 100} stays within ${ms} ms: doubled, bisected to 2%, confirmed three times, by the early stopping of MLPerf. Mean over starts.`,
    header: ['arm', 'req/s', '95% interval', 'starts'],
    rows: maxRates.map(({ subject, estimate, ci95, starts }) => [
      subject,
      fixed(estimate, 0),
      range(ci95, 0),
      `${starts.filter((rate) => rate !== null).length} of ${starts.length}`,
    ]),
    words: 1,
    notes: maxRates.flatMap(({ subject, note }) => (note === null ? [] : `${subject}: ${note}.`)),
  };
}

/** A cheap route alone and beside a heavy one. */
export function mixedSection(results: Results): Section | null {
  const p99 = results.measurements.filter(
    ({ condition, metric }) =>
      condition?.experiment === 'mixed' && metric === 'latencyP99Ms' && condition.load.kind === 'open',
  );
  const find = (subject: string, isBeside: boolean) =>
    p99.find((one) => one.subject === subject && (one.condition?.beside !== undefined) === isBeside) ?? null;
  const subjects = measuredSubjects(results).filter((name) => find(name, true) !== null);
  const [first] = subjects;
  if (first === undefined) return null;
  const condition = find(first, true)?.condition;
  return {
    id: 'mixed',
    title: 'A cheap route beside a heavy one',
    lead: `p99 of ${condition?.workload}, which needs no model, alone and while ${condition?.beside} is asked without a pause on one connection; client ${condition?.client}.`,
    header: ['arm', 'alone ms', '95% interval', 'beside ms', '95% interval'],
    rows: subjects.map((subject) => [
      subject,
      ...[false, true].flatMap((isBeside) => {
        const one = find(subject, isBeside);
        return [fixed(one?.estimate ?? null, 2), range(one?.ci95 ?? null, 2)];
      }),
    ]),
    words: 1,
    notes: [
      "Here all Workers of one workerd share a thread, and so they do on Cloudflare by default; replicas there are the platform's. What this cannot show is a gateway on other machines than its predictor. Both loads come from one core, so a part of it is the client's.",
      ...invalidNotes(p99),
    ],
  };
}
