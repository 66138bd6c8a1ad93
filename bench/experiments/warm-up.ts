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
export async function warmUp(start: Start, subject: RunningSubject) {
  const { profile, throughputClient: client } = start.plan;
  const mix = mixOf(start.plan, subject);
  const measure = async (spec: WindowSpec) =>
    summaryOf(await measureWindow(start, subject, { ...spec, phase: 'warm-up' })).values.latencyP50Ms;
  // Each workload from many connections, before anything is judged: compilers wait for a number of requests.
  const load = { kind: 'closed', connections: BUSY_CONNECTIONS } as const;
  const heat = mix.filter(({ workload }, i) => mix.findIndex((spec) => spec.workload === workload) === i);
  const heatMs = (HEAT_PASSES * profile.warmUpMs) / heat.length;
  for (const spec of heat) await measure({ ...spec, client, load, durationMs: heatMs, round: 0 });
  const passes: WarmUpWindow[] = [];
  while (passes.length < profile.warmUpPasses && !isStable(passes)) {
    const at = { durationMs: profile.warmUpMs / mix.length, round: passes.length + 1 };
    passes.push(
      await pass(
        mix.map((spec) => ({ ...spec, ...at })),
        measure,
      ),
    );
  }
  return { stable: isStable(passes), warmUpWindows: passes.length };
}

/**
 * One window of each kind: the median of the first, the primary one, and the rate of the busiest one by its own median. Not
 * by the count of its requests: one full garbage collection of some 100 ms would hide all else in so short a window.
 */
async function pass(mix: readonly WindowSpec[], measure: (spec: WindowSpec) => Promise<number>): Promise<WarmUpWindow> {
  let [p50, rate, most] = [Number.NaN, Number.NaN, 0];
  for (const [i, spec] of mix.entries()) {
    const medianMs = await measure(spec);
    if (i === 0) p50 = medianMs;
    const connections = spec.load.kind === 'closed' ? spec.load.connections : 0;
    if (connections > most) [rate, most] = [connections / medianMs, connections];
  }
  return { rate, p50 };
}
