/** Blocks of a document as text for a terminal. */
import CliTable from 'cli-table3';
import wrapAnsi from 'wrap-ansi';
import type { Block, Section, Table } from './document.ts';

/** Columns of a report, and of what must be read at a glance. */
export const WIDTH = 100;
export const NARROW = 80;

/** Sections one after the other, each under its title. */
export function sectionsText(sections: readonly Section[], width: number = WIDTH): string {
  return sections.map(({ title, blocks }) => [title.toUpperCase(), blocksText(blocks, width)].join('\n')).join('\n\n');
}

/** Lines of at most `width` columns; tables are as wide as their cells. An empty line stands before and after a table. */
export function blocksText(blocks: readonly Block[], width: number = WIDTH): string {
  const parts = blocks.map((block, i) => {
    const isApart = block.kind === 'table' || blocks[i - 1]?.kind === 'table';
    return `${i > 0 && isApart ? '\n' : ''}${blockText(block, width)}`;
  });
  return parts.join('\n');
}

function blockText(block: Block, width: number): string {
  switch (block.kind) {
    case 'table':
      return tableText(block);
    case 'list':
      return block.items
        .map((item) =>
          wrap(item, width - 2)
            .replaceAll('\n', '\n  ')
            .replace(/^/, '- '),
        )
        .join('\n');
    case 'heading':
      return `\n${block.text.toUpperCase()}`;
    default:
      return wrap(block.text, width);
  }
}

function wrap(text: string, width: number): string {
  return wrapAnsi(text, width);
}

const BARE = {
  chars: Object.fromEntries(
    [
      'top',
      'top-mid',
      'top-left',
      'top-right',
      'bottom',
      'bottom-mid',
      'bottom-left',
      'bottom-right',
      'left',
      'left-mid',
      'mid',
      'mid-mid',
      'right',
      'right-mid',
    ].map((name) => [name, '']),
  ),
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
};

function tableText({ head, rows, words }: Table): string {
  const table = new CliTable({
    ...BARE,
    chars: { ...BARE.chars, middle: '  ' },
    head: [...head],
    colAligns: head.map((_, i) => (i < words ? 'left' : 'right')),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().replaceAll(/ +$/gm, '');
}
