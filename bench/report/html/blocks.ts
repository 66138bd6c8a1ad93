/**
 * Blocks of a document as HTML, and the escaping that all markup goes through. Pure, without a document and without Node,
 * because the advice form of a report renders its answer with it in the browser.
 */
import { raw, html as template } from 'hono/html';
import type { Block, Table } from '../document.ts';

/** Markup that may stand in a page as it is. */
export type Markup = ReturnType<typeof raw>;

/** What a template takes: null and false stand for nothing. */
export type Content = Markup | string | number | null | false | readonly Content[];

/**
 * Markup with every string between its parts escaped, for text and quoted attributes alike. Names of targets, notes and
 * answers of servers come from outside, so a plain string is text, and only what another template made is markup.
 */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return raw(String(template(parts, ...contents)));
}

/** Markup that was escaped elsewhere: a drawing, the form of the advice. */
export const trusted: (text: string) => Markup = raw;

/** The elements of blocks, one a line. Classes: `answer` and `note` for paragraphs, `scroll` around a table. */
export function blocksHtml(blocks: readonly Block[]): string {
  return blocks.map((block) => `${elementOf(block)}`).join('\n');
}

function elementOf(block: Block): Markup {
  switch (block.kind) {
    case 'answer':
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
  }
}

/** What stands between backticks is code. */
function sentence(text: string): Content {
  return text.split('`').map((part, i) => (i % 2 === 0 ? part : html`<code>${part}</code>`));
}

/** Verdicts by what they are worth to the reader, for the colour of their cell. */
const TONES: Readonly<Record<string, RegExp>> = {
  good: /^(faster|less|higher)\b/,
  bad: /^(slower|more|fewer|lower)\b/,
  even: /^(equivalent|the same)\b/,
  open: /^(inconclusive|open)\b/,
  void: /^invalid\b/,
};

/** A table that scrolls by itself where it is too wide; its first column names the rows. */
export function tableHtml({ head, rows, words }: Table): Markup {
  const classOf = (i: number, text = '') => {
    const tone = Object.keys(TONES).find((one) => TONES[one]?.test(text));
    const name = i < words ? 'words' : tone;
    return name !== undefined && html` class="${name}"`;
  };
  const title = (text: string, i: number) =>
    text === '' ? html`<td></td>` : html`<th scope="col"${classOf(i)}>${text}</th>`;
  const cell = (text: string, i: number) =>
    i === 0 ? html`<th scope="row"${classOf(i)}>${text}</th>` : html`<td${classOf(i, text)}>${text}</td>`;
  return html`<div class="scroll"><table>
<thead><tr>${head.map(title)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody>
</table></div>`;
}
