/** The highest rate that a subject was confirmed to serve within the objective. */
import { compare } from '../stats/compare.ts';
import { CONFIRMATIONS } from '../stats/max-rate.ts';
import { estimateOf } from './comparisons.ts';
import { risingStarts } from './question.ts';
import type { Series } from './series.ts';
import { OBJECTIVE, type WindowSummary } from './window-summary.ts';

/** What of a window is asked for here. */
type Probe = Pick<WindowSummary, 'probe' | 'fault'>;

/** Of each subject that was searched; the others are compared to `baseline`. */
export function maxRates(series: readonly Series[], baseline: string) {
  const searched = series.filter(({ condition }) => condition.experiment === 'max-rate');
  const starts = risingStarts(searched.flatMap(({ windows }) => windows));
  const byStart = (one?: Series) => starts.map((start) => (one?.windows ?? []).filter((own) => own.start === start));
  const ofBaseline = byStart(searched.find(({ subject }) => subject === baseline)).map((own) => confirmedRate(own));
  return searched.map((one) => {
    const found = foundRates(byStart(one));
    const limit = `in ${found.generatorLimited} of ${starts.length} starts the generator came to its limit first`;
    const compared = one.subject === baseline ? [] : [comparedTo(baseline, ofBaseline, found.starts)];
    const note = [...compared, ...(found.generatorLimited === 0 ? [] : [limit])].join('; ') || null;
    return { subject: one.subject, objective: OBJECTIVE, ...found, note };
  });
}

/** The confirmed rate of each start, their mean, and in how many starts the generator came to its limit first. */
export function foundRates(byStart: readonly (readonly Probe[])[], confirmations = CONFIRMATIONS) {
  const starts = byStart.map((probes) => confirmedRate(probes, confirmations));
  const generatorLimited = byStart.filter((probes, i) => isGeneratorsLimit(probes, starts[i] ?? 0)).length;
  const known = starts.filter((rate) => rate !== null);
  return { starts, ...estimateOf('rps', known), generatorLimited };
}

/** Whether the lowest rate that was refused above the confirmed one was so because the generator did not keep it. */
function isGeneratorsLimit(probes: readonly Probe[], confirmed: number): boolean {
  const refused = probes.flatMap(({ probe, fault }) =>
    probe === null || probe.ratePerS <= confirmed || probe.holds ? [] : { ...probe, fault },
  );
  const [lowest] = refused.sort((one, other) => one.ratePerS - other.ratePerS);
  return lowest !== undefined && lowest.fault !== null;
}

/**
 * The highest rate with enough confirming windows in the start, all of which held; null for none. Where none is asked for,
 * any that held, with one above it that did not: a search that was cut off has none.
 */
function confirmedRate(windows: readonly Probe[], confirmations = CONFIRMATIONS): number | null {
  const all = windows.flatMap(({ probe }) => probe ?? []);
  const isRefused = (rate: number) => all.some(({ ratePerS, holds }) => ratePerS > rate && !holds);
  const asked = all.filter(({ confirms, ratePerS }) => confirms || (confirmations === 0 && isRefused(ratePerS)));
  const confirmed = [...Map.groupBy(asked, ({ ratePerS }) => ratePerS)].flatMap(([rate, probes]) =>
    probes.length >= confirmations && probes.every(({ holds }) => holds) ? rate : [],
  );
  return confirmed.length === 0 ? null : Math.max(...confirmed);
}

function comparedTo(baseline: string, a: readonly (number | null)[], b: readonly (number | null)[]): string {
  const units = b.flatMap((rate, i) => {
    const base = a[i] ?? null;
    return rate === null || base === null ? [] : [{ a: [base], b: [rate] }];
  });
  const ratio = compare(units, { lowerIsBetter: false, marginFloor: 0 })?.ratio;
  if (ratio === undefined)
    return `not compared with ${baseline}: found in ${units.length} starts of both, expected 2 or more`;
  const [low, high] = ratio.ci95.map((bound) => bound.toFixed(2));
  return `${ratio.estimate.toFixed(2)} times that of ${baseline}, 95% interval ${low} to ${high}`;
}
