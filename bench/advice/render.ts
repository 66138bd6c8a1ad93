/** The advice as text of at most 100 columns, for a terminal. */
import { columns, wrap } from '../report/format.ts';
import type { Advice } from './advise.ts';
import { adviceBlocks, type Block, type Item } from './blocks.ts';
import type { Situation } from './situation.ts';

const WIDTH = 100;

export function renderAdvice(advice: Advice, situation: Situation): string {
  return `\n${adviceBlocks(advice, situation).flatMap(linesOf).join('\n')}\n\n`;
}

function linesOf(block: Block): string[] {
  switch (block.kind) {
    case 'answer':
      return [...wrap(block.text.toUpperCase(), WIDTH), ''];
    case 'heading':
      return ['', block.text.toUpperCase()];
    case 'paragraph':
      return wrap(block.text, WIDTH);
    case 'list':
      return block.items.flatMap(itemLines);
    case 'table':
      return columns([block.header, ...block.rows]);
  }
}

function itemLines({ text, tag }: Item): string[] {
  const lines = wrap(tag === null ? text : `${text} [${tag}]`, WIDTH - 2);
  return lines.map((line, i) => `${i === 0 ? '-' : ' '} ${line}`);
}
