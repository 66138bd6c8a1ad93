/**
 * The report as one HTML file that needs nothing else: no network, no fonts, no other file. Its first screen is the answer;
 * then come the sections, in which every drawing has its finding as a sentence and its data as a table.
 */
import type { Results } from '../../analysis/results.ts';
import { type Block, blocksOf, type Picture, type Section } from '../document.ts';
import { sectionsOf } from '../report.ts';
import type { TimePoint } from '../sections/latency.ts';
import { preamble } from '../sections/provenance.ts';
import { blocksHtml, html, type Markup, tableHtml, trusted } from './blocks.ts';
import { draw, type StyleOf, stylesOf, swatch } from './drawing.ts';
import { STYLE } from './theme.ts';

/** Parts of a page that are made elsewhere: `html` goes into its body, `css` and `script` into elements of their own. */
export type PagePart = Readonly<Record<'html' | 'css' | 'script', string>>;

export interface Report {
  readonly results: Results;
  /** What the page begins with. */
  readonly opening: readonly Block[];
  /** The form of the advice; null for none. */
  readonly advice: PagePart | null;
  /** The windows of the run; left out where only the results are there. */
  readonly series?: readonly TimePoint[];
}

/** Nothing is loaded, whatever the page says: https://www.w3.org/TR/CSP3/. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** The whole file. The same report always gives the same bytes. */
export function renderHtml(report: Report): string {
  const { results, advice } = report;
  return `${html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tandem benchmark, ${results.environment.profile.name}, ${results.environment.date.slice(0, 10)}</title>
<link rel="icon" href="data:,">
<style>${trusted(`${STYLE}${advice?.css ?? ''}`)}</style>
</head>
<body>
${trusted(renderBody(report))}
${advice && html`<script>${trusted(advice.script.replaceAll('</script', '<\\/script'))}</script>\n`}</body>
</html>
`}`;
}

/** The body without styles and scripts. */
export function renderBody({ results, opening, advice, series }: Report): string {
  const styleOf = stylesOf(results);
  const sections = sectionsOf(results, series).map((section) => sectionHtml(section, styleOf));
  return `${html`<header>
<h1>One Worker or two</h1>
${trusted(blocksHtml([...opening, ...preamble(results)]))}
</header>
<main>
${sections.slice(0, -1)}${advice && trusted(advice.html)}
${sections.slice(-1)}</main>`}`;
}

function sectionHtml(section: Section, styleOf: StyleOf): Markup {
  const parts = blocksOf(section).map((block) =>
    block === section.table && section.pictures !== undefined
      ? figureHtml(section, styleOf)
      : trusted(blocksHtml([block])),
  );
  return html`<section id="${section.id}"><h2>${section.title}</h2>
${parts.map((part) => html`${part}\n`)}</section>\n`;
}

/** The pictures between what they show and their table. Figures that may not be used are in the table alone. */
function figureHtml({ finding = '', pictures = [], reading = '', table }: Section, styleOf: StyleOf): Markup {
  const shown = pictures.filter((one) => (one.kind === 'rows' ? one.rows : one.lines).length > 0);
  const isSmall = shown.length > 1;
  const drawings = shown.map((one) => html`<div>${trusted(draw(one, isSmall, styleOf))}</div>`);
  return html`<figure>
<p class="finding">${finding}</p>
${
  shown.length > 0 &&
  html`${legend(shown, styleOf)}
<div class="plot ${isSmall ? 'small' : 'whole'}" role="img" aria-label="${finding}">${drawings}</div>
<p class="note">${reading}</p>`
}
<details><summary>Figures</summary>${tableHtml(table)}</details>
</figure>`;
}

/** The line and symbol of each subject of charts; rows have their names beside them. */
function legend(pictures: readonly Picture[], styleOf: StyleOf): Markup | null {
  const lines = pictures.flatMap((one) => (one.kind === 'chart' ? one.lines : []));
  const names = [...new Set(lines.map(({ subject }) => subject))];
  const items = names.map((name) => html`<li>${trusted(swatch(styleOf(name)))}<span>${name}</span></li>`);
  return items.length === 0 ? null : html`<ul class="legend">${items}</ul>`;
}
