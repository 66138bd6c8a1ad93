/** Whether a window of load may be used: what the generator did wrong, and what the server answered wrongly. */
import { quantile } from '../stats/quantile.ts';
import type { Load, WindowResult } from './window.ts';

/** What is judged of a window. */
export type JudgedWindow = Omit<WindowResult, 'firstFailure'> & { readonly load: Load };

const MIN_LAG_US = 1000;
const LAG_SHARE = 0.2;
const MIN_ACHIEVED = 0.99;
const MAX_CPU_SHARE = 0.8;
const MS_PER_S = 1000;

/** Why the window is invalid, or null. */
export function judgeHealth(window: JudgedWindow): string | null {
  const { requests, failures } = window;
  const sent = requests.sentUs.length;
  if (sent === 0) return 'no request was sent';
  if (failures.length > 0) return `${failures.length} of ${sent} answers were wrong or missing`;
  return ownFault(window);
}

/** Why the generator itself spoiled the window, or null: then it can be measured again. Only an open loop can be late. */
export function ownFault(window: JudgedWindow): string | null {
  if (window.load.kind === 'closed') return null;
  return lateFault(window) ?? rateFault(window) ?? cpuFault(window);
}

function lateFault({ requests: { intendedUs, sentUs, lastByteUs } }: JudgedWindow): string | null {
  const since = (times: readonly number[], start: readonly number[]) => times.map((time, i) => time - (start[i] ?? 0));
  const lagUs = quantile(since(sentUs, intendedUs), 0.99) ?? 0;
  const limitUs = Math.max(MIN_LAG_US, LAG_SHARE * (quantile(since(lastByteUs, intendedUs), 0.5) ?? 0));
  return lagUs <= limitUs ? null : `the generator sent 1% of requests ${ms(lagUs)} late or more, over ${ms(limitUs)}`;
}

/** The share of the scheduled rate at which requests left, from the first to the last of them. */
function rateFault({ requests: { intendedUs, sentUs } }: JudgedWindow): string | null {
  const span = (times: readonly number[]) => (times.at(-1) ?? 0) - (times[0] ?? 0);
  const achieved = span(sentUs) === 0 ? 1 : span(intendedUs) / span(sentUs);
  return achieved >= MIN_ACHIEVED
    ? null
    : `the generator sent at ${(achieved * 100).toFixed(1)}% of the scheduled rate`;
}

function cpuFault({ clientCpuMs, spinMs, elapsedMs }: JudgedWindow): string | null {
  const share = (clientCpuMs - spinMs) / elapsedMs;
  return share <= MAX_CPU_SHARE ? null : `the generator used ${(share * 100).toFixed(0)}% of a core besides waiting`;
}

function ms(us: number): string {
  return `${(us / MS_PER_S).toFixed(2)} ms`;
}
