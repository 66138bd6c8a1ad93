/** The whole report: every section that a run has figures for, in the order in which all renderings show them, and as text. */
import type { Results } from '../analysis/results.ts';
import type { Section } from './document.ts';
import { breakEvenSection } from './sections/break-even.ts';
import { coldStartSection } from './sections/cold-start.ts';
import { comparisonsSection } from './sections/comparisons.ts';
import { percentilesSection, startsSection } from './sections/latency.ts';
import { maxRateSection, offeredLoadSection } from './sections/load.ts';
import { preamble, provenanceSection } from './sections/provenance.ts';
import { analyticsSection, deploymentsSection, rolesSection, workersSection } from './sections/resources.ts';
import { lawsSection, mixedSection, sweepSection } from './sections/scalability.ts';
import { summarySection } from './sections/summary.ts';
import { type TimePoint, timelineSection } from './sections/timeline.ts';
import { blocksText, sectionsText } from './terminal.ts';

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

/** With latency over time where the windows of the run are given; the last one is always there. */
export function sectionsOf(results: Results, series: readonly TimePoint[] = []): Section[] {
  const found = [...SECTIONS.map((section) => section(results)), timelineSection(series, results.baseline)];
  return [...found.filter((section) => section !== null), provenanceSection(results)];
}

/** The report for a terminal. */
export function renderText(results: Results): string {
  return `\n${blocksText(preamble(results))}\n\n${sectionsText(sectionsOf(results))}\n`;
}
