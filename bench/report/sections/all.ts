/** Every section that a run has figures for, in the order in which reports show them. */
import type { Results } from '../../analysis/results.ts';
import type { Section } from '../document.ts';
import type { TimeSeries } from '../time-series.ts';
import { breakEvenSection } from './break-even.ts';
import { coldStartSection } from './cold-start.ts';
import { comparisonsSection } from './comparisons.ts';
import { percentilesSection, startsSection } from './latency.ts';
import { maxRateSection, offeredLoadSection } from './load.ts';
import { provenanceSection } from './provenance.ts';
import { analyticsSection, deploymentsSection, rolesSection, workersSection } from './resources.ts';
import { lawsSection, mixedSection, sweepSection } from './scalability.ts';
import { summarySection } from './summary.ts';
import { timelineSection } from './timeline.ts';

const SECTIONS: readonly ((results: Results) => Section | null)[] = [
  comparisonsSection,
  summarySection,
  startsSection,
  percentilesSection,
  offeredLoadSection,
  maxRateSection,
  sweepSection,
  lawsSection,
  mixedSection,
  breakEvenSection,
  rolesSection,
  deploymentsSection,
  workersSection,
  coldStartSection,
  analyticsSection,
];

/** With latency over time where the series is given; the last one is always there. */
export function sectionsOf(results: Results, series?: TimeSeries): Section[] {
  const timeline = series === undefined ? null : timelineSection(series, results.baseline);
  const found = [...SECTIONS.map((section) => section(results)), timeline];
  return [...found.filter((section) => section !== null), provenanceSection(results)];
}
