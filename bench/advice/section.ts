/** The advice as a section of the HTML report: a form, the advice for the default situation, and the script between them. */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Results } from '../analysis/results.ts';
import { blocksHtml, html, type Markup, trusted } from '../report/html/blocks.ts';
import type { PagePart } from '../report/html/page.ts';
import { adviceBlocks } from './advice.ts';
import { adviceFacts } from './facts.ts';
import { DEFAULT_SITUATION, FIELDS, type Field } from './situation.ts';

/** The same bytes for the same results. */
export function adviceSection(results: Results): PagePart {
  const facts = adviceFacts(results);
  const section = html`<section class="advice" id="advice">
<h2>Which one to deploy</h2>
<p>Put in your own figures. Everything is computed in this page, from this run and the public price list.</p>
<form class="advice-form">${FIELDS.map(fieldHtml)}</form>
<div class="advice-output" aria-live="polite">
${trusted(blocksHtml(adviceBlocks(facts, DEFAULT_SITUATION)))}
</div>
</section>`;
  // `<` is escaped in the data, so that nothing in it can end the script.
  const data = JSON.stringify(facts).replaceAll('<', '\\u003c');
  return { html: `${section}`, css: CSS, script: `(()=>{${bundle()}advice.startAdvice(${data});})();` };
}

function fieldHtml({ name, title, fallback }: Field): Markup {
  return html`<p><label for="advice-${name}">${title}</label><input id="advice-${name}" inputmode="decimal"
value="${DEFAULT_SITUATION[name]}" placeholder="${fallback}" aria-describedby="advice-${name}-error"><span
id="advice-${name}-error" role="alert"></span></p>`;
}

function bundle(): string {
  const output = { bundle: true, minify: true, write: false, format: 'iife', globalName: 'advice' } as const;
  const browser = fileURLToPath(new URL('./browser.ts', import.meta.url));
  return buildSync({ ...output, entryPoints: [browser] }).outputFiles[0]?.text ?? '';
}

/** Of the form; the rest looks as the page does. */
const CSS = `
.advice-form { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: .75rem 1.25rem;
  padding: 1rem; margin-bottom: 1rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
.advice-form p { display: flex; flex-direction: column; justify-content: flex-end; margin: 0; font-size: .875rem; }
.advice-form label::first-letter { text-transform: uppercase; }
.advice-form input { width: 100%; font: inherit; padding: .3rem .5rem; color: var(--ink); background: var(--paper);
  border: 1px solid var(--muted); border-radius: 4px; }
.advice-form input[aria-invalid="true"] { border: 2px dashed; }
@media print { .advice-form { display: none; } }
`.trim();
