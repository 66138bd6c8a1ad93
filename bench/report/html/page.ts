/**
 * The report as one HTML file that needs nothing else: no network, no fonts, no other file. Its first screen is the answer;
 * then come the sections, in which every drawing has its finding as a sentence and its data as a table.
 */
import type { Results } from '../../analysis/results.ts';
import type { Block, Figure, Picture, Section } from '../document.ts';
import { sectionsOf } from '../report.ts';
import { preamble } from '../sections/provenance.ts';
import type { TimePoint } from '../sections/timeline.ts';
import { blocksHtml, html, type Markup, tableHtml, trusted } from './blocks.ts';
import { draw, NARROW, swatch, WIDE } from './drawing.ts';
import { type Styles, styleOf, stylesOf } from './subject-style.ts';
import { STYLE } from './theme.ts';

/** Parts of a page that are made elsewhere: `html` goes into its body, `css` and `script` into elements of their own. */
export interface PagePart {
  readonly html: string;
  readonly css: string;
  readonly script: string;
}

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
  return html`<!doctype html>
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
${advice && html`<script>${trusted(closed(advice.script))}</script>\n`}</body>
</html>
`.text;
}

/** The body without styles and scripts. */
export function renderBody({ results, opening, advice, series }: Report): string {
  const styles = stylesOf(results);
  const sections = sectionsOf(results, series);
  return html`<header>
<h1>One Worker or two</h1>
${trusted(blocksHtml([...opening, ...preamble(results)]))}
</header>
<main>
${sections.slice(0, -1).map((section) => sectionHtml(section, styles))}${advice && trusted(advice.html)}
${sections.slice(-1).map((section) => sectionHtml(section, styles))}</main>`.text;
}

function sectionHtml({ id, title, blocks }: Section, styles: Styles): Markup {
  const parts = blocks.map((block) =>
    block.kind === 'figure' ? figureHtml(block, styles) : trusted(blocksHtml([block])),
  );
  return html`<section id="${id}"><h2>${title}</h2>\n${parts.map((part) => html`${part}\n`)}</section>\n`;
}

/** One picture in two sizes, of which the window shows one, or several small ones; then its table. */
function figureHtml({ finding, pictures, note, table, isOpen = false }: Figure, styles: Styles): Markup {
  const shown = pictures.filter(hasMarks);
  const small = shown.map((one) => ({ title: one.title ?? '', svg: trusted(draw(one, NARROW, styles)) }));
  const drawings =
    shown.length === 1
      ? html`<div class="wide">${shown.map((one) => trusted(draw(one, WIDE, styles)))}</div><div class="narrow">${small.map(({ svg }) => svg)}</div>`
      : small.map(({ title, svg }) => html`<div class="panel"><h3>${title}</h3>${svg}</div>`);
  const drawn = html`${legend(shown, styles)}
<div class="plot" role="img" aria-label="${finding}">${drawings}</div>
<p class="note">${note}</p>`;
  return html`<figure>
<p class="finding">${finding}</p>
${shown.length > 0 && drawn}
<details${isOpen && html` open`}><summary>Figures</summary>${tableHtml(table)}</details>
</figure>`;
}

/** Figures that may not be used are in the table alone. */
function hasMarks(picture: Picture): boolean {
  if (picture.kind === 'rows') return picture.rows.length > 0;
  return picture.lines.some(({ path = [], points = [] }) => path.length + points.length > 0);
}

/** The line and symbol of each subject of charts; rows have their names beside them. */
function legend(pictures: readonly Picture[], styles: Styles): Markup | null {
  const subjects = new Set(
    pictures.flatMap((one) => (one.kind === 'chart' ? one.lines : [])).map((line) => line.subject),
  );
  const items = [...subjects].map(
    (name) => html`<li>${trusted(swatch(styleOf(styles, name)))}<span>${name}</span></li>`,
  );
  return items.length === 0 ? null : html`<ul class="legend">${items}</ul>`;
}

/** A script that cannot end its element before its end. */
function closed(script: string): string {
  return script.replaceAll('</script', '<\\/script');
}
