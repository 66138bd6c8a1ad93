/** The results as text of at most 100 columns, for a terminal. */
import type { Results } from '../analysis/results.ts';
import { renderEcdf } from './ecdf.ts';
import { columns, wrap } from './format.ts';
import { limitsOf, ownCost, provenance, remarksOf } from './preamble.ts';
import type { Section } from './section.ts';
import { sectionsOf } from './sections/all.ts';

const WIDTH = 100;
const NAME_COLUMNS = 23;

export function renderText(results: Results): string {
  const { incomplete } = results;
  return [
    '',
    ...(incomplete === null ? [] : [...paragraph(`INCOMPLETE: ${incomplete}.`), '']),
    ...paragraph(provenance(results).replaceAll('`', '')),
    ...sectionsOf(results).flatMap((section) => ['', ...sectionLines(section)]),
    ...ecdfLines(results),
    '',
    ...remarksOf(results).flatMap(paragraph),
    ...limitsOf(results).flatMap(paragraph),
    ...paragraph(ownCost(results)),
    '',
  ].join('\n');
}

function sectionLines({ title, lead, header, rows, words, notes }: Section): string[] {
  return [
    title.toUpperCase(),
    ...paragraph(lead),
    '',
    ...columns([header, ...rows.map(([name = '', ...cells]) => [short(name), ...cells])], words),
    ...notes.flatMap(paragraph),
  ];
}

/** The distribution of cold starts, drawn; nothing where there are none. */
function ecdfLines({ coldStart }: Results): string[] {
  if (coldStart === null) return [];
  const { arms, empty } = coldStart;
  const base = arms.find(({ arm }) => arm === empty)?.startMs ?? [];
  const mean = base.length === 0 ? 0 : base.reduce((sum, value) => sum + value, 0) / base.length;
  const samples = arms
    .filter(({ arm }) => arm !== empty)
    .map(({ arm, startMs }) => ({ name: arm, sample: startMs.map((value) => value - mean) }));
  const what = `Share of starts that were done after so many milliseconds, minus the mean of ${empty}:`;
  return ['', what, '', ...renderEcdf(samples)];
}

/** A name that leaves room for the figures: that of any arm fits. */
function short(name: string): string {
  return name.length > NAME_COLUMNS ? `${name.slice(0, NAME_COLUMNS - 1)}~` : name;
}

function paragraph(text: string): string[] {
  return text === '' ? [] : wrap(text, WIDTH);
}
