/** The advice as HTML, made from the same blocks as a terminal's text, in Node and in the browser alike. */
import type { Advice } from './advise.ts';
import { adviceBlocks, type Block, type Item } from './blocks.ts';
import type { Situation } from './situation.ts';

export function adviceHtml(advice: Advice, situation: Situation): string {
  return adviceBlocks(advice, situation).map(elementOf).join('\n');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
}

function elementOf(block: Block): string {
  switch (block.kind) {
    case 'answer':
      return `<p class="advice-answer">${escapeHtml(block.text)}</p>`;
    case 'heading':
      return `<h3>${escapeHtml(block.text)}</h3>`;
    case 'paragraph':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map(itemOf).join('')}</ul>`;
    case 'table':
      return tableOf(block.header, block.rows);
  }
}

function itemOf({ text, tag }: Item): string {
  const mark = tag === null ? '' : ` <span class="advice-tag">${escapeHtml(tag)}</span>`;
  return `<li>${escapeHtml(text)}${mark}</li>`;
}

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((cell) => (cell === '' ? '<td></td>' : `<th scope="col">${escapeHtml(cell)}</th>`)).join('');
  const body = rows.map(
    ([name = '', ...cells]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`,
  );
  return `<div class="advice-scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
