/**
 * The break-even curve, or the charts of a grid, as a picture of its own for a document: `node bench/report/picture.ts
 * results.json` prints the SVG. It brings its colours with it, light and dark, and its legend.
 */
import { readFileSync } from 'node:fs';
import type { Results } from '../analysis/results.ts';
import { html, trusted } from './html/blocks.ts';
import { draw, NAMES_HEIGHT, SMALL, stylesOf, swatch, WHOLE } from './html/drawing.ts';
import { COLOURS } from './html/theme.ts';
import { gridCharts } from './sections/grid.ts';
import { breakEvenChart } from './sections/payloads.ts';

const LEGEND_HEIGHT = 36;
const ITEM_WIDTH = 130;
const FONT = 'system-ui, -apple-system, "Segoe UI", sans-serif';

export function renderPicture(results: Results): string {
  const styleOf = stylesOf(results);
  const grid = gridCharts(results);
  const charts = grid.length === 0 ? [breakEvenChart(results.breakEven)] : grid;
  const subjects = new Set(charts.flatMap(({ lines }) => lines.map(({ subject }) => subject)));
  const legend = [...subjects].map((subject, i) => {
    const place = `translate(${48 + i * ITEM_WIDTH} 12)`;
    return html`<g transform="${place}">${trusted(swatch(styleOf(subject)))}<text x="40" y="11">${subject}</text></g>`;
  });
  const isSmall = charts.length > 1;
  const row = isSmall ? SMALL.height : WHOLE.height + NAMES_HEIGHT;
  const drawings = charts.map((chart, i) => {
    const place = `translate(${((i % 2) * WHOLE.width) / 2} ${LEGEND_HEIGHT + Math.floor(i / 2) * row})`;
    return html`<g transform="${place}">${trusted(draw(chart, isSmall, styleOf))}</g>`;
  });
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WHOLE.width} ${LEGEND_HEIGHT + Math.ceil(charts.length / 2) * row}" font-family="${FONT}" font-size="12">
<style>${trusted(COLOURS)} svg { color: var(--ink); } text { fill: var(--ink); }</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
${legend}
${drawings}
</svg>`}\n`;
}

if (import.meta.main) {
  const results: Results = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
  process.stdout.write(renderPicture(results));
}
