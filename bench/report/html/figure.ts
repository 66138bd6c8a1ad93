/** The frame of every drawing: one sentence of what it shows, the legend, the drawing for both sizes, and its data. */
import { COMPACT, type Size, WIDE } from './drawing.ts';
import { type Content, html, type Markup, trusted } from './markup.ts';

/** Rows of text; the first column names the row. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Content[])[];
  /** Columns of words rather than numbers, besides the first. */
  readonly text?: readonly number[];
}

/** The sentence above what was measured of one subject alone. */
export const NOT_COMPARED = 'Nothing is compared here: that takes the baseline and another subject.';

export interface Figure {
  /** What the drawing shows, in one sentence. */
  readonly finding: string;
  readonly legend?: Markup;
  readonly draw: (size: Size) => string;
  readonly table: Table;
  /** What must be known to read it. */
  readonly note?: Content;
}

/** A figure with a drawing for wide and one for narrow windows, of which one is shown. */
export function figure({ finding, legend, draw, table, note }: Figure): Markup {
  return html`<figure>
<p class="finding">${finding}</p>
${legend ?? null}
<div class="plot" role="img" aria-label="${finding}"><div class="wide">${trusted(draw(WIDE))}</div><div class="compact">${trusted(draw(COMPACT))}</div></div>
${note === undefined ? null : html`<p class="note">${note}</p>`}
${dataOf(table)}
</figure>`;
}

/** A small figure among others like it: one drawing that fits both sizes. */
export function panel({ finding, legend, draw, table }: Figure): Markup {
  return html`<figure>
<p>${finding}</p>
${legend ?? null}
<div class="plot" role="img" aria-label="${finding}">${trusted(draw(COMPACT))}</div>
${dataOf(table)}
</figure>`;
}

/** The numbers of a figure, folded away. */
export function dataOf(data: Table): Markup {
  return html`<details><summary>Data as a table</summary>${tableOf(data)}</details>`;
}

/** A table that scrolls by itself where it is too wide. Browsers let the keyboard reach what scrolls. */
export function tableOf({ head, rows, text = [] }: Table): Markup {
  const kind = (i: number) => (text.includes(i) ? html` class="text"` : null);
  const cell = (content: Content, i: number) =>
    i === 0 ? html`<th scope="row">${content}</th>` : html`<td${kind(i)}>${content}</td>`;
  return html`<div class="scroll"><table>
<thead><tr>${head.map((title, i) => html`<th scope="col"${kind(i)}>${title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody>
</table></div>`;
}

/** A part of the page under its own heading; null when there is nothing in it. */
export function section(id: string, title: string, contents: readonly (Markup | null)[]): Markup | null {
  const given = contents.filter((content) => content !== null);
  return given.length === 0 ? null : html`<section id="${id}"><h2>${title}</h2>\n${given}\n</section>\n`;
}
