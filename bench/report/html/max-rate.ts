/** The highest rate of every subject at which its slowest requests stayed within the objective. */
import type { MaxRate, Results } from '../../analysis/results.ts';
import { maxRateFinding } from '../findings.ts';
import { drawBars } from './bars.ts';
import { figure } from './figure.ts';
import type { Markup } from './markup.ts';
import { amount, range } from './numbers.ts';
import { withoutReferences } from './references.ts';
import { type SeriesStyle, styleOf } from './series-style.ts';

export function maxRateFigure(results: Results, styles: ReadonlyMap<string, SeriesStyle>): Markup | null {
  const finding = maxRateFinding(results);
  const bars = withoutReferences(results.maxRates, ({ subject }) => subject).flatMap((found) => {
    const { subject, estimate, starts, ci95 } = found;
    if (estimate === null) return [];
    const dots = starts.flatMap((rate) => rate ?? []);
    return [{ style: styleOf(styles, subject), parts: [{ name: 'rate', value: estimate }], ci95, dots }];
  });
  if (finding === null || bars.length === 0) return null;
  const { percentile, ms } = results.maxRates[0]?.objective ?? { percentile: 0, ms: 0 };
  return figure({
    finding,
    draw: (size) => drawBars(bars, `requests/s with p${percentile * 100} at or below ${ms} ms`, size),
    table: tableOfRates(results.maxRates),
    note: 'Bars are means over starts, circles single starts, lines 95% intervals. A rate counts when three windows in a row confirmed it.',
  });
}

function tableOfRates(rates: readonly MaxRate[]) {
  return {
    head: ['subject', 'requests/s', '95% interval', 'starts', 'compared'],
    text: [3, 4],
    rows: rates.map(({ subject, estimate, ci95, starts, note }) => [
      subject,
      amount(estimate),
      range(ci95),
      starts.map((rate) => amount(rate)).join(', '),
      note ?? 'the baseline',
    ]),
  };
}
