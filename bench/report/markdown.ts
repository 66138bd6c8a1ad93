/** Blocks of a document, and the whole report, as Markdown. */
import { markdownTable } from 'markdown-table';
import wrapAnsi from 'wrap-ansi';
import type { Results } from '../analysis/results.ts';
import { type Block, blocksOf, type Table } from './document.ts';
import { sectionsOf } from './report.ts';
import { preamble } from './sections/provenance.ts';

const WIDTH = 120;

/** The whole report, after what it opens with. */
export function renderMarkdown(results: Results, opening: readonly Block[]): string {
  return [
    `# Benchmark: ${results.environment.profile.name}`,
    blocksMarkdown([...opening, ...preamble(results)]),
    ...sectionsOf(results).map((section) => `## ${section.title}\n\n${blocksMarkdown(blocksOf(section))}`),
  ].join('\n\n');
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
