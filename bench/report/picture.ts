/**
 * The break-even curve as a picture of its own, for the README: `node bench/report/picture.ts results.json` prints the SVG.
 * It brings its colours with it, light and dark, and its legend.
 */
import { readFileSync } from 'node:fs';
import type { Results } from '../analysis/results.ts';
import { drawBreakEven } from './html/break-even.ts';
import { WIDE } from './html/drawing.ts';
import { html, trusted } from './html/markup.ts';
import { type SeriesStyle, styleOf, stylesOf, swatch } from './html/series-style.ts';
import { COLOURS } from './html/theme.ts';

const LEGEND_HEIGHT = 36;
const ITEM_WIDTH = 130;
const HEIGHT = 380;
const FONT = 'system-ui, -apple-system, "Segoe UI", sans-serif';

export function renderPicture(results: Results): string {
  const styles = stylesOf(results);
  const { breakEven } = results;
  const subjects = [...new Set(breakEven.map(({ subject }) => styleOf(styles, subject)))];
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDE.width} ${LEGEND_HEIGHT + HEIGHT}" font-family="${FONT}" font-size="12">
<style>${trusted(COLOURS)} svg { color: var(--ink); } text { fill: var(--ink); }</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
${subjects.map(legendItem)}
<g transform="translate(0 ${LEGEND_HEIGHT})">${trusted(drawBreakEven(breakEven, styles, WIDE))}</g>
</svg>`}\n`;
}

function legendItem(style: SeriesStyle, i: number) {
  return html`<g transform="translate(${48 + i * ITEM_WIDTH} 12)">${swatch(style)}<text x="40" y="11">${style.name}</text></g>`;
}

if (import.meta.main) {
  const results: Results = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
  process.stdout.write(renderPicture(results));
}
