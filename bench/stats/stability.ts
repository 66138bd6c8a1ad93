/** Whether a warm-up has come to rest. */
import { studentTQuantile } from './distributions.ts';
import { mean } from './interval.ts';

/** What a window of the warm-up showed, in any unit. */
export type WarmUpWindow = Readonly<Record<'rate' | 'p50', number>>;

/** How many windows in a row must agree, and as what share; those that rise or fall all along within half of it. */
const AGREEING_WINDOWS = 3;
const TOLERANCE = 0.1;

/** How many windows in a row are looked at for a trend, where they do not agree. */
const LEVEL_WINDOWS = 5;

/** Level windows may be this far apart, as a share: a compiler that is still to come makes some ten times the difference. */
const MAX_SPREAD = 1.5;

/**
 * Whether the last three windows agree within 10% in rate and in median, and neither of the two goes on rising or falling
 * by more than 5% over them. After Georges, Buytaert and Eeckhout, "Statistically Rigorous Java Performance Evaluation",
 * 2007, who wait for the variation of the last windows to fall below a threshold.
 *
 * On a machine that others share, windows of a warm server differ by that much without end: a standard deviation of 10%
 * lets three agree in two cases of five. So it is enough as well that the last five show no trend: that the slope of their
 * logarithms is within the 95% interval around 0 that their own variation gives.
 */
export function isStable(windows: readonly WarmUpWindow[]): boolean {
  const figures = [windows.map(({ rate }) => rate), windows.map(({ p50 }) => p50)];
  return figures.every(agree) || figures.every(isLevel);
}

function agree(values: readonly number[]): boolean {
  const last = values.slice(-AGREEING_WINDOWS);
  const steps = last.slice(1).map((value, i) => Math.sign(value - (last[i] ?? value)));
  const isTrend = Math.abs(steps.reduce((sum, step) => sum + step, 0)) === steps.length;
  return last.length === AGREEING_WINDOWS && spread(last) <= (isTrend ? TOLERANCE / 2 : TOLERANCE);
}

function spread(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values) - 1;
}

/** Least squares over the last windows: a slope whose t is within the 95% interval is none. */
function isLevel(values: readonly number[]): boolean {
  const last = values.slice(-LEVEL_WINDOWS);
  if (last.length < LEVEL_WINDOWS || spread(last) > MAX_SPREAD) return false;
  const logs = last.map(Math.log);
  const [center, middle, degrees] = [mean(logs), (logs.length - 1) / 2, logs.length - 2];
  const squares = logs.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  const slope = logs.reduce((sum, log, i) => sum + (i - middle) * (log - center), 0) / squares;
  const rest = logs.reduce((sum, log, i) => sum + (log - center - slope * (i - middle)) ** 2, 0);
  return Math.abs(slope) <= studentTQuantile(0.975, degrees) * Math.sqrt(rest / degrees / squares);
}
