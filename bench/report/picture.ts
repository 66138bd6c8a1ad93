/**
 * The break-even curve as a picture of its own, for the README: `node bench/report/picture.ts results.json` prints the SVG.
 * It brings its colours with it, light and dark, and its legend.
 */
import { readFileSync } from 'node:fs';
import type { Results } from '../analysis/results.ts';
import { html, trusted } from './html/blocks.ts';
import { draw, NAMES_HEIGHT, stylesOf, swatch, WHOLE } from './html/drawing.ts';
import { COLOURS } from './html/theme.ts';
import { breakEvenChart } from './sections/payloads.ts';

const LEGEND_HEIGHT = 36;
const ITEM_WIDTH = 130;
const FONT = 'system-ui, -apple-system, "Segoe UI", sans-serif';

export function renderPicture(results: Results): string {
  const styleOf = stylesOf(results);
  const chart = breakEvenChart(results.breakEven);
  const legend = chart.lines.map(({ subject }, i) => {
    const place = `translate(${48 + i * ITEM_WIDTH} 12)`;
    return html`<g transform="${place}">${trusted(swatch(styleOf(subject)))}<text x="40" y="11">${subject}</text></g>`;
  });
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WHOLE.width} ${LEGEND_HEIGHT + WHOLE.height + NAMES_HEIGHT}" font-family="${FONT}" font-size="12">
<style>${trusted(COLOURS)} svg { color: var(--ink); } text { fill: var(--ink); }</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
${legend}
<g transform="translate(0 ${LEGEND_HEIGHT})">${trusted(draw(chart, false, styleOf))}</g>
</svg>`}\n`;
}

if (import.meta.main) {
  const results: Results = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
  process.stdout.write(renderPicture(results));
}
