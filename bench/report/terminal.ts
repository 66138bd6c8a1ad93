/** Blocks of a document as text for a terminal. */
import CliTable from 'cli-table3';
import wrapAnsi from 'wrap-ansi';
import type { Block, Table } from './document.ts';

/** Columns of a report, and of what must be read at a glance. */
export const WIDTH = 100;
export const NARROW = 80;

/** Lines of at most `width` columns. An empty line stands before and after a table; its names are cut where it is too wide. */
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
      return tableText(block, width);
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
  const [name = 0, ...others] = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0)));
  const room = Math.max(LEAST_NAME, width - others.reduce((sum, own) => sum + own + GAP, 0));
  const table = new CliTable({
    chars: { ...Object.fromEntries(EDGES), middle: ' '.repeat(GAP), truncate: '~' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: [...head],
    colWidths: [Math.min(name, room), ...others],
    colAligns: head.map((_, i) => (i < words ? 'left' : 'right')),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().replaceAll(/ +$/gm, '');
}
