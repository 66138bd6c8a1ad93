/**
 * The report as one HTML file that needs nothing else: no network, no fonts, no other file. It is for people who would
 * rather look than read; every drawing comes with its finding as a sentence and its data as a table.
 */
import type { AdviceSection } from '../../advice/section.ts';
import type { Results } from '../../analysis/results.ts';
import { analyticsSection } from './analytics.ts';
import { libraryStyles, pageScripts } from './assets.ts';
import { breakEvenSection } from './break-even.ts';
import { cardsSection } from './cards.ts';
import { coldStartSection } from './cold-start.ts';
import { scalabilitySection } from './concurrency.ts';
import { forestSection } from './forest.ts';
import { loadSection } from './load.ts';
import { html, type Markup, trusted } from './markup.ts';
import { masthead } from './masthead.ts';
import { pairedDotsSection } from './paired-dots.ts';
import { percentilesSection } from './percentiles.ts';
import { provenanceSection } from './provenance.ts';
import { resourcesSection } from './resources.ts';
import { stylesOf } from './series-style.ts';
import { STYLE } from './theme.ts';
import type { TimeSeries } from './time-series.ts';
import { timelineSection } from './timeline.ts';

export interface Report {
  readonly results: Results;
  readonly series: TimeSeries;
  /** The section of the advice, made elsewhere; null for none. */
  readonly advice: AdviceSection | null;
}

/** Nothing is loaded, whatever the page says: https://www.w3.org/TR/CSP3/. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** The whole file. The same report always gives the same bytes. */
export function renderHtml(report: Report): string {
  const { results, advice } = report;
  const timeline = report.series.lines.length > 0;
  const styles = [STYLE, ...(timeline ? libraryStyles() : []), advice?.css ?? ''];
  const scripts = [...(timeline ? pageScripts() : []), advice?.script ?? ''].filter((script) => script !== '');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tandem benchmark, ${results.environment.profile.name}, ${results.environment.date.slice(0, 10)}</title>
<link rel="icon" href="data:,">
${styles.map((style) => html`<style>${trusted(style)}</style>\n`)}</head>
<body>
${renderBody(report)}
${scripts.map((script) => html`<script>${trusted(closed(script))}</script>\n`)}</body>
</html>
`.text;
}

/** The body without styles and scripts. */
export function renderBody({ results, series, advice }: Report): Markup {
  const styles = stylesOf(results);
  return html`${masthead(results)}<main>
${cardsSection(results)}${forestSection(results, styles)}${pairedDotsSection(results, styles)}
${percentilesSection(results, styles)}${loadSection(results, styles)}${scalabilitySection(results, styles)}
${breakEvenSection(results, styles)}${timelineSection(series, results, styles)}${resourcesSection(results, styles)}
${coldStartSection(results, styles)}${analyticsSection(results)}${advice && trusted(advice.html)}
</main>
<footer>${provenanceSection(results)}</footer>`;
}

/** A script that cannot end its element before its end. */
function closed(script: string): string {
  return script.replaceAll('</script', '<\\/script');
}
