/** The windows of a start that are measured one subject at a time: one stream, more connections, payloads, open loops. */
import type { Capacities } from './comparison.ts';
import { measureWindow, medianMs, percentileMs, rateOf, type WindowSpec } from './measure-window.ts';
import { balancedOrder, seedOf } from './plan.ts';
import type { Start } from './session.ts';
import { payloadWindows, singleStream, sweep } from './specs.ts';
import type { RunningSubject } from './subject.ts';

/** The arm that does nothing: what it can do is no capacity. */
const EMPTY = 'null';

/** Connections at which capacity is measured: enough to keep a server busy. */
const BUSY_CONNECTIONS = 16;

function inOrder({ plan, start, subjects }: Start, round: number): RunningSubject[] {
  return balancedOrder(subjects, seedOf(plan.seed, start, 'order'), round);
}

/** Single-stream windows: every subject once in each round. */
export async function measureSingleStream(start: Start): Promise<void> {
  for (let round = 1; round <= start.plan.profile.rounds; round++) {
    for (const subject of inOrder(start, round)) {
      const record = await measureWindow(start, subject, singleStream(start.plan, round));
      const latest = { subject: subject.name, p50Ms: medianMs(record), p99Ms: percentileMs(record, 0.99) };
      start.headline.add(start.start, latest);
    }
  }
}

/** A window of each number of connections, the numbers in rising order. */
export function measureSweep(start: Start): Promise<void> {
  return measureLoads(start, sweep(start.plan));
}

/** A window of each spec on each subject. */
export async function measureLoads(start: Start, specs: readonly WindowSpec[]): Promise<void> {
  for (const [i, spec] of specs.entries()) {
    for (const subject of inOrder(start, i)) {
      if (spec.experiment !== 'offered-load' || subject.name !== EMPTY) await measureWindow(start, subject, spec);
    }
  }
}

/** A window of each workload that the subject serves. */
export async function measurePayloads(start: Start): Promise<void> {
  const longest = Math.max(0, ...start.subjects.map((subject) => payloadWindows(start.plan, subject).length));
  for (let i = 0; i < longest; i++) {
    for (const subject of inOrder(start, i)) {
      const spec = payloadWindows(start.plan, subject)[i];
      if (spec !== undefined) await measureWindow(start, subject, spec);
    }
  }
}

/** What each subject can do when it is kept busy: windows that count as warm-up, as they only set the rates to come. */
export async function probeCapacity(start: Start): Promise<Capacities> {
  const { plan } = start;
  const capacities = new Map<string, number>();
  if (plan.profile.loadShares.length === 0 && plan.profile.maxRateStarts === 0) return capacities;
  const load = { kind: 'closed', connections: BUSY_CONNECTIONS } as const;
  const spec = { ...singleStream(plan, 0), experiment: 'sweep', phase: 'warm-up', load } as const;
  for (const subject of start.subjects.filter(({ name }) => name !== EMPTY)) {
    const record = await measureWindow(start, subject, { ...spec, client: plan.throughputClient });
    capacities.set(subject.name, rateOf(record));
  }
  return capacities;
}
