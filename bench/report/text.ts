/** The whole report as text for a terminal, of at most `WIDTH` columns. */
import type { Results } from '../analysis/results.ts';
import { sectionsOf } from './sections/all.ts';
import { preamble } from './sections/provenance.ts';
import { blocksText, sectionsText } from './terminal.ts';

export function renderText(results: Results): string {
  return `\n${blocksText(preamble(results))}\n\n${sectionsText(sectionsOf(results))}\n`;
}
