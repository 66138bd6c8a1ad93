/** The whole report: every section that a run has figures for, in the order in which all renderings show them, and as text. */
import type { Results } from '../analysis/results.ts';
import { blocksOf, type Section } from './document.ts';
import { coldStartSection } from './sections/cold-start.ts';
import * as grid from './sections/grid.ts';
import { percentilesSection, startsSection, type TimePoint, timelineSection } from './sections/latency.ts';
import { pastSection, queueSection } from './sections/past-one-machine.ts';
import { breakEvenSection, rowsSection } from './sections/payloads.ts';
import { preamble, provenanceSection } from './sections/provenance.ts';
import { resilienceSection } from './sections/resilience.ts';
import { analyticsSection, deploymentsSection, rolesSection, workersSection } from './sections/resources.ts';
import * as scalability from './sections/scalability.ts';
import { comparisonsSection, summarySection } from './sections/summary.ts';
import { blocksText } from './terminal.ts';

/** With latency over time where the windows of the run are given; the last one is always there. */
export function sectionsOf(results: Results, series: readonly TimePoint[] = []): Section[] {
  return [
    grid.gridSection(results),
    grid.uslSection(results),
    grid.crossingSection(results),
    grid.platformSection(results),
    comparisonsSection(results),
    summarySection(results),
    startsSection(results),
    percentilesSection(results),
    scalability.offeredLoadSection(results),
    scalability.maxRateSection(results),
    scalability.sweepSection(results),
    scalability.lawsSection(results),
    scalability.mixedSection(results),
    breakEvenSection(results),
    rowsSection(results),
    rolesSection(results),
    deploymentsSection(results),
    workersSection(results),
    pastSection(results),
    queueSection(results),
    coldStartSection(results),
    resilienceSection(results),
    analyticsSection(results),
    timelineSection(series, results.baseline),
    provenanceSection(results),
  ].filter((section) => section !== null);
}

/** The report for a terminal: sections one after the other, each under its title. */
export function renderText(results: Results): string {
  const parts = sectionsOf(results).map((one) => `${one.title.toUpperCase()}\n${blocksText(blocksOf(one))}\n`);
  return ['', blocksText(preamble(results)), '', parts.join('\n')].join('\n');
}
