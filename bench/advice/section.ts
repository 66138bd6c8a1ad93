/** The advice as a section of the HTML report: a form, the advice for the default situation, and the script between them. */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Results } from '../analysis/results.ts';
import { blocksHtml, html, type Markup, trusted } from '../report/html/blocks.ts';
import type { PagePart } from '../report/html/page.ts';
import { adviceBlocks } from './advice.ts';
import { adviceFacts } from './facts.ts';
import { DEFAULT_SITUATION, FIELDS, type Field, isCount, minOf } from './situation.ts';

const LEAD =
  'Put in your own figures. Everything is computed in this page, from this run and the public price list; nothing is sent.';

/** The same bytes for the same results. */
export function adviceSection(results: Results): PagePart {
  const facts = adviceFacts(results);
  const output = trusted(blocksHtml(adviceBlocks(facts, DEFAULT_SITUATION)));
  const section = html`<section class="advice" id="advice">
<h2>Which one to deploy</h2>
<p class="advice-lead">${LEAD}</p>
<form class="advice-form">${FIELDS.map(fieldHtml)}</form>
<div class="advice-output" aria-live="polite">
${output}
</div>
</section>`;
  return { html: section.text, css: CSS, script: scriptFor(facts) };
}

function fieldHtml(field: Field): Markup {
  const { name, label, unit, hint, max, fallback } = field;
  const text = [label, unit, hint].filter((part) => part !== '').join(', ');
  const [step, mode] = isCount(field) ? ['1', 'numeric'] : ['any', 'decimal'];
  return html`<p><label for="advice-${name}">${text}</label><input id="advice-${name}" name="${name}" type="number"
inputmode="${mode}" min="${minOf(field)}" max="${max}" step="${step}" value="${DEFAULT_SITUATION[name]}"
${fallback !== '' && html`placeholder="${fallback}"`} aria-describedby="advice-${name}-error"><span
class="advice-error" id="advice-${name}-error" role="alert"></span></p>`;
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

/** Of the form; the advice looks as the rest of the page. Colours are the page's own where it has them. */
const CSS = `
.advice-lead { color: var(--muted, inherit); }
.advice-form { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: .75rem 1.25rem;
  padding: 1rem; background: var(--panel, transparent); border: 1px solid var(--line, GrayText); border-radius: 6px; }
.advice-form p { display: flex; flex-direction: column; justify-content: flex-end; margin: 0; }
.advice-form label::first-letter { text-transform: uppercase; }
.advice-form label { font-size: .875rem; margin-bottom: .25rem; }
.advice-form input { width: 100%; box-sizing: border-box; font: inherit; padding: .3rem .5rem; color: var(--ink, CanvasText);
  background: var(--paper, Canvas); border: 1px solid var(--muted, GrayText); border-radius: 4px; }
.advice-form input:focus-visible { outline: 2px solid var(--accent, Highlight); outline-offset: 1px; }
.advice-form input[aria-invalid="true"] { border-style: dashed; border-width: 2px; }
.advice-error { font-size: .8125rem; }
.advice-output .answer { font-size: 1.375rem; font-weight: 600; margin-top: 1rem; }
.advice-output li { margin: .35rem 0; overflow-wrap: anywhere; }
@media print { .advice-form, .advice-lead { display: none; } }
`.trim();
