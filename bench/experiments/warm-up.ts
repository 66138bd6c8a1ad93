/** Brings subjects to rest before they are measured: passes through the mix that is measured, until they agree. */
import { summaryOf } from '../analysis/window-summary.ts';
import { isStable, type WarmUpWindow } from '../stats/stability.ts';
import { measureWindow } from './measure-window.ts';
import { balancedOrder, seedOf } from './plan.ts';
import { type ByRole, memoryByRole, type RunningSubject, type Start, startSubject } from './session.ts';
import { BUSY_CONNECTIONS, mixOf, type WindowSpec } from './windows.ts';

/** What keeps a server busy goes on for as long as so many passes. */
const HEAT_PASSES = 2;

/** What is known of a subject before it is measured: its memory after the first right answer, and its warm-up. */
export type Settled = RunningSubject & { readonly memoryMiB: ByRole } & Awaited<ReturnType<typeof warmUp>>;

/**
 * Starts all subjects, into `running`, and warms them up. A process that does not come to rest gives way to a new one,
 * for each subject as often as a run has starts, counted in `replaced`; then it is measured as it is, and marked.
 * Nothing is measured before, so nothing is chosen by what it shows.
 */
export async function settleAll(start: Start, running: RunningSubject[], replaced: Map<string, number>) {
  const { plan } = start;
  const results = await Promise.allSettled(plan.subjects.map((subject) => startSubject(subject, plan)));
  for (const result of results) if (result.status === 'fulfilled') running.push(result.value);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const settle = async (subject: RunningSubject, memoryMiB: ByRole): Promise<Settled> => {
    const state = { memoryMiB, ...(await warmUp(start, subject)) };
    const before = replaced.get(subject.name) ?? 0;
    if (state.stable || subject.arm === null || before >= plan.profile.starts) return { ...subject, ...state };
    replaced.set(subject.name, before + 1);
    await subject.stop();
    const next = await startSubject(subject, plan);
    running.push(next);
    return settle(next, memoryByRole(next));
  };
  // Only when all are up: they share the pages of one program.
  const atRest = running.map((subject) => ({ subject, memoryMiB: memoryByRole(subject) }));
  const settled: Settled[] = [];
  for (const { subject, memoryMiB } of balancedOrder(atRest, seedOf(plan.seed, start.start), 0))
    settled.push(await settle(subject, memoryMiB));
  return settled;
}

/**
 * Whether the subject came to rest, and after how many passes. A pass is a window of each kind: the median of the
 * first, the primary one, and the rate of the busiest by its own median. Not by the count of its requests: one full
 * garbage collection of some 100 ms would hide all else in so short a window.
 */
export async function warmUp(start: Start, subject: RunningSubject, mix = mixOf(start.plan, subject)) {
  const { profile, throughputClient: client } = start.plan;
  const measure = async (spec: WindowSpec) =>
    summaryOf(await measureWindow(start, subject, { ...spec, phase: 'warm-up' })).values.latencyP50Ms;
  // Each workload from many connections, before anything is judged: compilers wait for a number of requests.
  const load = { kind: 'closed', connections: BUSY_CONNECTIONS } as const;
  const heat = mix.filter(({ workload }, i) => mix.findIndex((spec) => spec.workload === workload) === i);
  const heatMs = (HEAT_PASSES * profile.warmUpMs) / heat.length;
  for (const spec of heat) await measure({ ...spec, client, load, durationMs: heatMs, round: 0 });
  const connections = mix.map((spec) => (spec.load.kind === 'closed' ? spec.load.connections : 0));
  const most = Math.max(...connections);
  const durationMs = profile.warmUpMs / mix.length;
  const passes: WarmUpWindow[] = [];
  while (passes.length < profile.warmUpPasses && !isStable(passes)) {
    const medians: number[] = [];
    for (const spec of mix) medians.push(await measure({ ...spec, durationMs, round: passes.length + 1 }));
    const [p50 = Number.NaN, busiest = p50] = [medians[0], medians[connections.indexOf(most)]];
    passes.push({ p50, rate: most / busiest });
  }
  return { stable: isStable(passes), warmUpWindows: passes.length };
}
