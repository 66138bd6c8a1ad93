/** The advice as a section of the HTML report: a form, the advice for the default situation, and the script between them. */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Results } from '../analysis/results.ts';
import { advise } from './advise.ts';
import { adviceFacts } from './facts.ts';
import { formHtml } from './form.ts';
import { adviceHtml } from './html.ts';
import { DEFAULT_SITUATION } from './situation.ts';

/** Parts of a page: `html` goes into its body, `css` into a style, `script` into a script after the html. */
export interface AdviceSection {
  readonly html: string;
  readonly css: string;
  readonly script: string;
}

const LEAD =
  'Put in your own figures. Everything is computed in this page, from this run and the public price list; nothing is sent.';

/** The same bytes for the same results. */
export function adviceSection(results: Results): AdviceSection {
  const facts = adviceFacts(results);
  const output = adviceHtml(advise(facts, DEFAULT_SITUATION), DEFAULT_SITUATION);
  const html = [
    '<section class="advice" id="advice">',
    '<h2>Which one to deploy</h2>',
    `<p class="advice-lead">${LEAD}</p>`,
    formHtml(DEFAULT_SITUATION),
    `<div class="advice-output" aria-live="polite">\n${output}\n</div>`,
    '</section>',
  ];
  return { html: html.join('\n'), css: CSS, script: scriptFor(facts) };
}

/** `<` is escaped in the data, so that nothing in it can end the script. */
function scriptFor(facts: object): string {
  const data = JSON.stringify(facts).replaceAll('<', '\\u003c');
  return `(()=>{${bundle()}advice.startAdvice(${data});})();`;
}

let bundled: string | undefined;

function bundle(): string {
  bundled ??= buildSync({
    entryPoints: [fileURLToPath(new URL('./browser.ts', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    globalName: 'advice',
    target: 'es2022',
    charset: 'ascii',
    legalComments: 'none',
  }).outputFiles[0]?.text;
  return bundled ?? '';
}

/** Colours are the page's own where it has them, and the system's elsewhere. */
const CSS = `
.advice { color: var(--ink, inherit); }
.advice-lead, .advice-output > p:last-child { color: var(--muted, inherit); }
.advice-form { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: .75rem 1.25rem;
  padding: 1rem; background: var(--panel, transparent); border: 1px solid var(--line, GrayText); border-radius: 6px; }
.advice-form p { display: flex; flex-direction: column; justify-content: flex-end; margin: 0; }
.advice-form label { font-size: .875rem; margin-bottom: .25rem; }
.advice-form input { width: 100%; box-sizing: border-box; font: inherit; padding: .3rem .5rem; color: var(--ink, CanvasText);
  background: var(--paper, Canvas); border: 1px solid var(--muted, GrayText); border-radius: 4px; }
.advice-form input:focus-visible { outline: 2px solid var(--accent, Highlight); outline-offset: 1px; }
.advice-form input[aria-invalid="true"] { border-style: dashed; border-width: 2px; }
.advice-error { font-size: .8125rem; }
.advice-answer { font-size: 1.375rem; font-weight: 600; border-left: 4px solid var(--accent, Highlight); padding-left: .75rem; }
.advice-output li { margin: .35rem 0; overflow-wrap: anywhere; }
.advice-tag { font-size: .8125rem; color: var(--muted, inherit); border: 1px solid var(--line, GrayText);
  border-radius: 3px; padding: 0 .3em; }
.advice-scroll { overflow-x: auto; }
.advice-output table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.advice-output th, .advice-output td { padding: .25rem .75rem .25rem 0; text-align: right;
  border-bottom: 1px solid var(--line, GrayText); }
.advice-output th[scope="row"] { text-align: left; font-weight: inherit; white-space: nowrap; }
@media print { .advice-form, .advice-lead { display: none; } .advice-scroll { overflow: visible; } }
`.trim();
