/** The highest rate that a subject was confirmed to serve within the objective. */
import { compare } from '../stats/compare.ts';
import { geometricInterval, geometricMean } from '../stats/interval.ts';
import type { MaxRate } from './results.ts';
import type { Series, SeriesWindow } from './series.ts';
import { OBJECTIVE } from './window-summary.ts';

/** How many windows in a row confirm a rate. */
const CONFIRMATIONS = 3;

/** Of each subject that was searched; the others are compared to `baseline`. */
export function maxRates(series: readonly Series[], baseline: string): MaxRate[] {
  const searched = series.filter(({ condition }) => condition.experiment === 'max-rate');
  const starts = [...new Set(searched.flatMap(({ windows }) => windows.map(({ start }) => start)))].sort(
    (a, b) => a - b,
  );
  const found = searched.map((one) => {
    const rates = starts.map((start) => confirmedRate(one, start));
    return {
      subject: one.subject,
      rates,
      limits: starts.filter((start, i) => isGeneratorsLimit(one, start, rates[i])),
    };
  });
  const ofBaseline = found.find(({ subject }) => subject === baseline)?.rates ?? [];
  return found.map(({ subject, rates, limits }) => {
    const known = rates.flatMap((rate) => rate ?? []);
    const interval = geometricInterval(known, 0.95);
    const compared = subject === baseline ? null : compareRates(ofBaseline, rates, baseline);
    return {
      subject,
      objective: OBJECTIVE,
      starts: rates,
      estimate: known.length === 0 ? null : geometricMean(known),
      ci95: interval === null ? null : [interval.low, interval.high],
      note: noteOf(compared, limits.length, starts.length),
    };
  });
}

function noteOf(compared: string | null, limits: number, starts: number): string | null {
  if (limits === 0) return compared;
  const limit = `in ${limits} of ${starts} starts the generator came to its limit first`;
  return compared === null ? limit : `${compared}; ${limit}`;
}

/** Whether the lowest rate that was refused above the confirmed one was so because the generator did not keep it. */
function isGeneratorsLimit({ windows }: Series, start: number, confirmed: number | null | undefined): boolean {
  const refused = windows.flatMap((window) => {
    const isAbove = window.probe !== null && window.probe.ratePerS > (confirmed ?? 0);
    return window.start === start && isAbove && !holds(window) ? [window] : [];
  });
  const rateOf = ({ probe }: SeriesWindow) => probe?.ratePerS ?? Number.POSITIVE_INFINITY;
  const [lowest] = refused.toSorted((one, other) => rateOf(one) - rateOf(other));
  return lowest !== undefined && lowest.fault !== null;
}

/** Whether a probe showed its rate to be kept: by a window that the generator did not spoil. */
function holds({ probe, fault }: SeriesWindow): boolean {
  return probe?.within === true && fault === null;
}

/** The highest rate with three confirming windows in the start, all of them within the objective; null for none. */
function confirmedRate({ windows }: Series, start: number): number | null {
  const byRate = new Map<number, boolean[]>();
  for (const window of windows) {
    if (window.start !== start || window.probe === null || !window.probe.confirms) continue;
    const { ratePerS } = window.probe;
    byRate.set(ratePerS, [...(byRate.get(ratePerS) ?? []), holds(window)]);
  }
  const confirmed = [...byRate].filter(([, held]) => held.length >= CONFIRMATIONS && held.every(Boolean));
  return confirmed.length === 0 ? null : Math.max(...confirmed.map(([rate]) => rate));
}

function compareRates(a: readonly (number | null)[], b: readonly (number | null)[], baseline: string): string {
  const units = b.flatMap((rate, i) => {
    const base = a[i] ?? null;
    return rate === null || base === null ? [] : [{ a: [base], b: [rate] }];
  });
  const compared = compare(units, { lowerIsBetter: false, marginFloor: 0 });
  if (compared === null)
    return `not compared with ${baseline}: found in ${units.length} starts of both, expected 2 or more`;
  const [low, high] = compared.ratio.ci95.map((bound) => bound.toFixed(2));
  return `${compared.ratio.estimate.toFixed(2)} times that of ${baseline}, 95% interval ${low} to ${high}`;
}
