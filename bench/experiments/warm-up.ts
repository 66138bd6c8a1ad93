/** Brings a subject to rest before it is measured: passes through the mix that is measured, until they agree. */
import { summaryOf } from '../analysis/window-summary.ts';
import { isStable, type WarmUpWindow } from '../stats/stability.ts';
import { measureWindow } from './measure-window.ts';
import type { Start } from './session.ts';
import type { RunningSubject } from './subject.ts';
import { BUSY_CONNECTIONS, mixOf, type WindowSpec } from './windows.ts';

/** What keeps a server busy goes on for as long as so many passes. */
const HEAT_PASSES = 2;

/** Whether the subject came to rest, and after how many passes. */
export interface WarmUp {
  readonly stable: boolean;
  readonly warmUpWindows: number;
}

export async function warmUp(start: Start, subject: RunningSubject): Promise<WarmUp> {
  const mix = mixOf(start.plan, subject);
  await heat(start, subject, mix);
  const passes: WarmUpWindow[] = [];
  while (passes.length < start.plan.profile.warmUpPasses && !isStable(passes))
    passes.push(await pass(start, subject, mix, passes.length + 1));
  return { stable: isStable(passes), warmUpWindows: passes.length };
}

/**
 * The requests of the mix from many connections, before anything is judged: what compilers wait for is the number of
 * requests, and so they come soonest.
 */
async function heat(start: Start, subject: RunningSubject, mix: readonly WindowSpec[]): Promise<void> {
  const { throughputClient: client, profile } = start.plan;
  const workloads = [...Map.groupBy(mix, ({ workload }) => workload).values()];
  const durationMs = (HEAT_PASSES * profile.warmUpMs) / workloads.length;
  const load = { kind: 'closed', connections: BUSY_CONNECTIONS } as const;
  for (const [spec] of workloads) {
    if (spec === undefined) continue;
    await measureWindow(start, subject, { ...spec, phase: 'warm-up', client, load, durationMs, round: 0 });
  }
}

/**
 * One window of each kind: the median of the first, the primary one, and the rate of the busiest one by its own median. Not
 * by the count of its requests: one full garbage collection of some 100 ms would hide all else in so short a window.
 */
async function pass(
  start: Start,
  subject: RunningSubject,
  mix: readonly WindowSpec[],
  round: number,
): Promise<WarmUpWindow> {
  const durationMs = start.plan.profile.warmUpMs / mix.length;
  let [p50, rate, most] = [Number.NaN, Number.NaN, 0];
  for (const [i, spec] of mix.entries()) {
    const record = await measureWindow(start, subject, { ...spec, phase: 'warm-up', durationMs, round });
    const medianOfWindow = summaryOf(record).values.latencyP50Ms;
    if (i === 0) p50 = medianOfWindow;
    const connections = spec.load.kind === 'closed' ? spec.load.connections : 0;
    if (connections > most) [rate, most] = [connections / medianOfWindow, connections];
  }
  return { rate, p50 };
}
