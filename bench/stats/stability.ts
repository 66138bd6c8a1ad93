/** Whether a warm-up has come to rest. */
import { studentTQuantile } from './distributions.ts';
import { mean } from './interval.ts';

/** What a window of the warm-up showed, in any unit. */
export interface WarmUpWindow {
  readonly rate: number;
  readonly p50: number;
}

/** How many windows in a row must agree. */
const AGREEING_WINDOWS = 3;
const TOLERANCE = 0.1;

/** Windows that rise or fall all along are a trend once they span more than this share. */
const TREND = TOLERANCE / 2;

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
  const [rates, medians] = [windows.map(({ rate }) => rate), windows.map(({ p50 }) => p50)];
  return (agree(rates) && agree(medians)) || (isLevel(rates) && isLevel(medians));
}

function agree(values: readonly number[]): boolean {
  const last = values.slice(-AGREEING_WINDOWS);
  if (last.length < AGREEING_WINDOWS) return false;
  return spread(last) <= (isMonotonic(last) ? TREND : TOLERANCE);
}

function spread(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values) - 1;
}

function isMonotonic(values: readonly number[]): boolean {
  const steps = values.slice(1).map((value, i) => value - (values[i] ?? value));
  return steps.every((step) => step > 0) || steps.every((step) => step < 0);
}

/** Least squares over the last windows: a slope whose t is within the 95% interval is none. */
function isLevel(values: readonly number[]): boolean {
  const logs = values.slice(-LEVEL_WINDOWS).map(Math.log);
  if (logs.length < LEVEL_WINDOWS || spread(values.slice(-LEVEL_WINDOWS)) > MAX_SPREAD) return false;
  const [center, middle] = [mean(logs), (logs.length - 1) / 2];
  const squares = logs.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  const slope = logs.reduce((sum, log, i) => sum + (i - middle) * (log - center), 0) / squares;
  const rest = logs.reduce((sum, log, i) => sum + (log - center - slope * (i - middle)) ** 2, 0);
  const degrees = logs.length - 2;
  const error = Math.sqrt(rest / degrees / squares);
  return Math.abs(slope) <= studentTQuantile(0.975, degrees) * error;
}
