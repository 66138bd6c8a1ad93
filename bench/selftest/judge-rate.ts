/** Whether the generator keeps a high rate without being what is measured. */
import { judgeHealth } from '../load/window.ts';
import { quantile } from '../stats/quantile.ts';
import type { Window } from './lab.ts';
import { judgedUnlessSpoiled, ms, percent, type SelftestLine } from './line.ts';

const US_PER_MS = 1000;
const US_PER_S = 1e6;

export interface HighRate {
  readonly ratePerS: number;
  /** Why the window is invalid, or null. */
  readonly fault: string | null;
  readonly lagP99Ms: number;
  /** Requests sent a second, from the first to the last. */
  readonly sentPerS: number;
  /** Share of a core that the generator used besides waiting. */
  readonly cpuShare: number;
  /** Peak memory of the generator since its start, in MiB; null where the system does not tell. */
  readonly peakMiB: number | null;
  /** What other programs did to the generator, or null. Its being late for no such reason is no excuse. */
  readonly crowded: string | null;
}

/** What a window of an open loop tells of its generator. */
export function highRateOf(window: Window, ratePerS: number, peakMiB: number | null): HighRate {
  const { intendedUs, sentUs } = window.requests;
  const lagsUs = sentUs.map((sent, i) => sent - (intendedUs[i] ?? Number.NaN));
  const spanUs = (sentUs.at(-1) ?? 0) - (sentUs[0] ?? 0);
  return {
    ratePerS,
    fault: judgeHealth(window),
    lagP99Ms: (quantile(lagsUs, 0.99) ?? Number.NaN) / US_PER_MS,
    sentPerS: ((sentUs.length - 1) / spanUs) * US_PER_S,
    cpuShare: (window.clientCpuMs - window.spinMs) / window.elapsedMs,
    peakMiB,
    crowded: window.crowded,
  };
}

/** The window is one that the benchmark would use. */
export function judgeHighRate(figures: HighRate): SelftestLine {
  const { ratePerS, fault, lagP99Ms, sentPerS, cpuShare, peakMiB, crowded } = figures;
  const memory = peakMiB === null ? '' : `, peak memory ${peakMiB.toFixed(0)} MiB`;
  const got = `lag p99 ${ms(lagP99Ms)}, ${sentPerS.toFixed(0)}/s sent, ${percent(cpuShare, 0)} of a core${memory}`;
  const line = {
    check: `open loop at ${ratePerS}/s Poisson against the empty Worker, undici`,
    ok: fault === null,
    expected: 'a valid window',
    got: fault === null ? got : `${fault}; ${got}`,
  };
  return judgedUnlessSpoiled(line, crowded);
}
