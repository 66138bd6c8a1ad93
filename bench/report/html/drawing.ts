/** Observable Plot without a browser: options in, the text of an SVG out. The only file that knows of a document. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** How large a drawing is: for a page, or for a telephone. */
export interface Size {
  readonly width: number;
  readonly compact: boolean;
}

export const WIDE: Size = { width: 900, compact: false };
export const COMPACT: Size = { width: 340, compact: true };

const { document } = parseHTML('<!doctype html><html></html>');

/** The SVG, in the text size of the page. Its style sheet is the page's own, so Plot's is left out;
 * whoever shows it says in words what it is of. */
export function drawing(options: Plot.PlotOptions): string {
  const svg = Plot.plot({ document, className: 'p', style: { fontSize: '12px' }, ...options });
  svg.querySelector('style')?.remove();
  svg.setAttribute('aria-hidden', 'true');
  return String(svg.outerHTML);
}

const LABEL_CHARACTER = 6.7;

/** A name that leaves room for the rest: its beginning and its end, which tell addresses apart. */
export function shortName(name: string, characters: number): string {
  if (name.length <= characters) return name;
  const tail = Math.floor((characters - 1) / 2);
  return `${name.slice(0, characters - 1 - tail)}\u2026${name.slice(name.length - tail)}`;
}

/** Characters that names at the side of a drawing of that size may have. */
export function nameRoom({ compact }: Size): number {
  return compact ? 14 : 26;
}

/** Width for the names of rows at the side, in pixels. */
export function nameMargin(names: readonly string[], size: Size): number {
  return textMargin(names.map((name) => shortName(name, nameRoom(size))));
}

/** Width for the longest of some texts at the side, in pixels. */
export function textMargin(texts: readonly string[]): number {
  const longest = Math.max(0, ...texts.map(({ length }) => length));
  return Math.ceil(longest * LABEL_CHARACTER) + 16;
}
