/** Styles and scripts that go into the page as they are: uPlot's, and what draws with it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

function read(file: string | URL): string {
  return readFileSync(file, 'utf8').trim();
}

/** The style sheets of libraries. */
export function libraryStyles(): string[] {
  return [read(require.resolve('uplot/dist/uPlot.min.css'))];
}

/** Scripts, in the order in which they have to run. */
export function pageScripts(): string[] {
  return [
    read(require.resolve('uplot/dist/uPlot.iife.min.js')),
    read(new URL('./timeline-browser.js', import.meta.url)),
  ];
}
