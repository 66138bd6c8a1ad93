/**
 * Blocks of a document, and the results, as Markdown. `node bench/report/markdown.ts results.json [SECTION ...]` prints where
 * they come from and the sections of those names, for the README.
 */
import { readFileSync } from 'node:fs';
import { markdownTable } from 'markdown-table';
import wrapAnsi from 'wrap-ansi';
import type { Results } from '../analysis/results.ts';
import { type Block, blocksOf, type Table } from './document.ts';
import { sectionsOf } from './report.ts';
import { preamble, provenance } from './sections/provenance.ts';

const WIDTH = 120;

/** The whole report, after what it opens with. */
export function renderMarkdown(results: Results, opening: readonly Block[]): string {
  return [
    `# Benchmark: ${results.environment.profile.name}`,
    blocksMarkdown([...opening, ...preamble(results)]),
    ...sectionsOf(results).map((section) => `## ${section.title}\n\n${blocksMarkdown(blocksOf(section))}`),
  ].join('\n\n');
}

/** Where the figures come from and the sections named, without headings. Throws for a section that is not there. */
export function renderExcerpt(results: Results, ids: readonly string[]): string {
  const sections = new Map(sectionsOf(results).map((section) => [section.id, blocksOf(section)]));
  const blocks = ids.flatMap((id) => {
    const found = sections.get(id);
    if (found !== undefined) return found;
    throw new Error(`expected a section among ${[...sections.keys()].join(', ')}, got ${id}`);
  });
  return blocksMarkdown([{ kind: 'text', text: provenance(results) }, ...blocks]);
}

/** Paragraphs, lists and tables with an empty line between them. */
export function blocksMarkdown(blocks: readonly Block[]): string {
  return blocks.map(blockMarkdown).join('\n\n');
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'table':
      return tableMarkdown(block);
    case 'list':
      return block.items.map((item) => `- ${wrapAnsi(item, WIDTH - 2).replaceAll('\n', '\n  ')}`).join('\n');
    case 'heading':
      return `### ${block.text}`;
    case 'answer':
      return wrapAnsi(`**${block.text}**`, WIDTH);
    default:
      return wrapAnsi(block.text, WIDTH);
  }
}

/** Names are code, so that nothing in them is markup. */
function tableMarkdown({ head, rows, words }: Table): string {
  const cells = rows.map(([name = '', ...rest]) => [`\`${name}\``, ...rest]);
  const escaped = [head, ...cells].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  return markdownTable(escaped, { align: head.map((_, i) => (i < words ? '' : 'r')) });
}

if (import.meta.main) {
  const [, , file = '', ...ids] = process.argv;
  const results: Results = JSON.parse(readFileSync(file, 'utf8'));
  process.stdout.write(`${ids.length === 0 ? renderMarkdown(results, []) : renderExcerpt(results, ids)}\n`);
}
