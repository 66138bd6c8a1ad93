/** The windows of a start that are measured one subject at a time: one stream, more connections, payloads, open loops. */

import { summaryOf } from '../analysis/window-summary.ts';
import { EMPTY } from '../load/workloads.ts';
import { isPeer } from '../peers/peers.ts';
import type { Capacities } from './comparison.ts';
import { measureWindow, type WindowSpec } from './measure-window.ts';
import { balancedOrder, seedOf } from './plan.ts';
import type { Start } from './session.ts';
import { payloadWindows, singleStream, sweep } from './specs.ts';
import type { RunningSubject } from './subject.ts';

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
      const { p50, p99 } = summaryOf(record).responseMs;
      const latest = { subject: subject.name, p50Ms: p50, p99Ms: p99 };
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
      if (spec.experiment !== 'offered-load' || isLoaded(subject.name)) await measureWindow(start, subject, spec);
    }
  }
}

/**
 * Loads follow from what the deployments can do: the empty Worker has no capacity, and a peer that cannot bear them would
 * drown, its backlog in the windows of the others.
 */
function isLoaded(name: string): boolean {
  return name !== EMPTY && !isPeer(name);
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
    capacities.set(subject.name, summaryOf(record).rightPerS);
  }
  return capacities;
}
