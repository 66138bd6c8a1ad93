/** Every section that a run has figures for, in the order in which reports show them. */
import type { Results } from '../../analysis/results.ts';
import type { Section } from '../section.ts';
import { breakEvenSection } from './break-even.ts';
import { coldStartSection } from './cold-start.ts';
import { comparisonsSection } from './comparisons.ts';
import { analyticsSection, deploymentsSection, rolesSection, workersSection } from './deployments.ts';
import { lawsSection, maxRateSection, mixedSection, offeredLoadSection, sweepSection } from './scalability.ts';
import { summarySection } from './summary.ts';

const SECTIONS: readonly ((results: Results) => Section | null)[] = [
  summarySection,
  comparisonsSection,
  offeredLoadSection,
  sweepSection,
  lawsSection,
  maxRateSection,
  mixedSection,
  breakEvenSection,
  rolesSection,
  deploymentsSection,
  workersSection,
  coldStartSection,
  analyticsSection,
];

export function sectionsOf(results: Results): Section[] {
  return SECTIONS.flatMap((section) => section(results) ?? []);
}
