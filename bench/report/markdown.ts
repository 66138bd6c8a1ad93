/**
 * The results as Markdown. `node bench/report/markdown.ts results.json [SECTION ...]` prints where they come from and the
 * sections of those names, for the README.
 */
import { readFileSync } from 'node:fs';
import type { Results } from '../analysis/results.ts';
import { markdownLine, wrap } from './format.ts';
import { limitsOf, ownCost, provenance, remarksOf } from './preamble.ts';
import type { Section } from './section.ts';
import { sectionsOf } from './sections/all.ts';

const WIDTH = 120;

/** The whole report. */
export function renderMarkdown(results: Results): string {
  const { incomplete, environment } = results;
  return [
    `# Benchmark: ${environment.profile.name}`,
    ...(incomplete === null ? [] : [`**Incomplete:** ${incomplete}.`]),
    provenance(results),
    ...sectionsOf(results).map((section) => [`## ${section.title}`, '', renderSection(section)].join('\n')),
    '## What to know',
    [...remarksOf(results), ...limitsOf(results), ownCost(results)].map((text) => `- ${text}`).join('\n'),
  ].join('\n\n');
}

/** Where the figures come from and the sections named, without headings. Throws for a section that is not there. */
export function renderExcerpt(results: Results, ids: readonly string[]): string {
  const sections = sectionsOf(results);
  const found = ids.map((id) => {
    const section = sections.find((one) => one.id === id);
    if (section !== undefined) return renderSection(section);
    throw new Error(`expected a section among ${sections.map((one) => one.id).join(', ')}, got ${id}`);
  });
  return [wrap(provenance(results), WIDTH).join('\n'), ...found].join('\n\n');
}

function renderSection({ lead, header, rows, words, notes }: Section): string {
  const paragraphs = [lead, ...notes].filter((text) => text !== '').map((text) => wrap(text, WIDTH).join('\n'));
  const [first = '', ...others] = lead === '' ? ['', ...paragraphs] : paragraphs;
  const table = [
    markdownLine(header),
    markdownLine(header.map((_, i) => (i < words ? '---' : '--:'))),
    ...rows.map(([name = '', ...cells]) => markdownLine([`\`${name}\``, ...cells])),
  ].join('\n');
  return [...(first === '' ? [] : [first]), table, ...others].join('\n\n');
}

if (import.meta.main) {
  const [, , file = '', ...ids] = process.argv;
  const results: Results = JSON.parse(readFileSync(file, 'utf8'));
  process.stdout.write(`${ids.length === 0 ? renderMarkdown(results) : renderExcerpt(results, ids)}\n`);
}
