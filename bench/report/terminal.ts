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

/** Lines of at most `width` columns. An empty line stands before and after a table; its names are cut where it is too wide. */
export function blocksText(blocks: readonly Block[], width: number = WIDTH): string {
  const parts = blocks.map((block, i) => {
    const isApart = isTable(block) || isTable(blocks[i - 1]);
    return `${i > 0 && isApart ? '\n' : ''}${blockText(block, width)}`;
  });
  return parts.join('\n');
}

function isTable(block: Block | undefined): boolean {
  return block?.kind === 'table' || block?.kind === 'figure';
}

/** Of a figure its table: there is nothing to draw on. */
function blockText(block: Block, width: number): string {
  switch (block.kind) {
    case 'table':
      return tableText(block, width);
    case 'figure':
      return tableText(block.table, width);
    case 'list':
      return block.items.map((item) => `- ${wrap(item, width - 2).replaceAll('\n', '\n  ')}`).join('\n');
    case 'heading':
      return `\n${block.text.toUpperCase()}`;
    default:
      return wrap(block.text, width);
  }
}

function wrap(text: string, width: number): string {
  return wrapAnsi(text.replaceAll('`', ''), width);
}

/** Where cli-table3 would draw lines. */
const EDGES = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((name) =>
  ['', '-mid', '-left', '-right'].map((end) => [`${name}${end}`, '']),
);

const GAP = 2;
/** What is left of a name that has no room. */
const LEAST_NAME = 8;

function tableText({ head, rows, words }: Table, width: number): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0)));
  const others = widths.slice(1).reduce((sum, own) => sum + own + GAP, 0);
  const room = Math.max(LEAST_NAME, width - others);
  const table = new CliTable({
    chars: { ...Object.fromEntries(EDGES), middle: ' '.repeat(GAP) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: [...head],
    colAligns: head.map((_, i) => (i < words ? 'left' : 'right')),
  });
  table.push(...rows.map(([name = '', ...cells]) => [shortened(name, room), ...cells]));
  return table.toString().replaceAll(/ +$/gm, '');
}

function shortened(name: string, room: number): string {
  return name.length > room ? `${name.slice(0, room - 1)}~` : name;
}
