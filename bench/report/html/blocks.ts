/**
 * Blocks of a document as HTML, and the escaping that all markup goes through. Pure, without a document and without Node,
 * because the advice form of a report renders its answer with it in the browser.
 */
import type { Block, Table } from '../document.ts';

/** Markup that may stand in a page as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: null and false stand for nothing. */
export type Content = Markup | string | number | null | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Markup with every string between its parts escaped, for text and quoted attributes alike. Names of targets, notes and
 * answers of servers come from outside, so a plain string is text, and only what another template made is markup.
 */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(parts.map((part, i) => part + textOf(contents[i] ?? null)).join(''));
}

function textOf(content: Content): string {
  if (content === null || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string') return content.replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark);
  return typeof content === 'number' ? String(content) : content.map(textOf).join('');
}

/** Markup that was escaped elsewhere: a drawing, the form of the advice. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/** The elements of blocks, one a line; of a figure its table, as drawing it takes more than this. Classes: `answer`, `finding` and `note` for paragraphs, `scroll` around a table. */
export function blocksHtml(blocks: readonly Block[]): string {
  return blocks.map((block) => elementOf(block).text).join('\n');
}

function elementOf(block: Block): Markup {
  switch (block.kind) {
    case 'answer':
    case 'finding':
    case 'note':
      return html`<p class="${block.kind}">${sentence(block.text)}</p>`;
    case 'text':
      return html`<p>${sentence(block.text)}</p>`;
    case 'heading':
      return html`<h3>${block.text}</h3>`;
    case 'list':
      return html`<ul>${block.items.map((item) => html`<li>${sentence(item)}</li>`)}</ul>`;
    case 'table':
      return tableHtml(block);
    case 'figure':
      return tableHtml(block.table);
  }
}

/** What stands between backticks is code. */
function sentence(text: string): Content {
  return text.split('`').map((part, i) => (i % 2 === 0 ? part : html`<code>${part}</code>`));
}

/** Verdicts by what they are worth to the reader, for the colour of their cell. */
const TONES: Readonly<Record<string, string>> = {
  faster: 'good',
  less: 'good',
  slower: 'bad',
  more: 'bad',
  fewer: 'bad',
  equivalent: 'even',
  inconclusive: 'open',
  invalid: 'void',
};

/** A table that scrolls by itself where it is too wide; its first column names the rows. */
export function tableHtml({ head, rows, words }: Table): Markup {
  const classOf = (i: number, tone?: string) => {
    const names = [...(i < words ? ['words'] : []), ...(tone === undefined ? [] : [tone])];
    return names.length === 0 ? null : html` class="${names.join(' ')}"`;
  };
  const title = (text: string, i: number) =>
    text === '' ? html`<td></td>` : html`<th scope="col"${classOf(i)}>${text}</th>`;
  const cell = (text: string, i: number) =>
    i === 0
      ? html`<th scope="row"${classOf(i)}>${text}</th>`
      : html`<td${classOf(i, TONES[/^\w+/.exec(text)?.[0] ?? ''])}>${text}</td>`;
  return html`<div class="scroll"><table>
<thead><tr>${head.map(title)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody>
</table></div>`;
}
