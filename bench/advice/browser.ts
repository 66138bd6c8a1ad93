/** The part of the advice that runs in the report: reads the form, and writes the advice anew on every change. */
import { blocksHtml } from '../report/html/blocks.ts';
import { adviceBlocks } from './advice.ts';
import type { AdviceFacts } from './facts.ts';
import { DEFAULT_SITUATION, FIELDS, readField, type Situation, withField } from './situation.ts';

/** The little of a document that is used. */
interface PageElement {
  value: string;
  innerHTML: string;
  textContent: string | null;
  readonly validity?: { readonly badInput: boolean };
  addEventListener(type: 'input' | 'submit', listener: (event: { preventDefault(): void }) => void): void;
  setAttribute(name: string, value: string): void;
}
declare const document: { querySelector(selector: string): PageElement | null };

/** Keeps the output in step with the form. While a field is wrong, the output stays as it is. */
export function startAdvice(facts: AdviceFacts): void {
  const [form, output] = [document.querySelector('.advice-form'), document.querySelector('.advice-output')];
  if (form === null || output === null) return;
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', () => {
    const situation = readForm();
    // Every text in it is escaped by the renderer.
    if (situation !== null) output.innerHTML = blocksHtml(adviceBlocks(facts, situation));
  });
}

/** Null when a field is wrong; what was expected then stands beside it. */
function readForm(): Situation | null {
  let situation: Situation | null = DEFAULT_SITUATION;
  for (const field of FIELDS) {
    const input = document.querySelector(`#advice-${field.name}`);
    const text = input?.validity?.badInput === true ? 'no number' : (input?.value ?? '');
    const read = readField(field, text);
    const error = 'error' in read ? read.error : '';
    input?.setAttribute('aria-invalid', String(error !== ''));
    const message = document.querySelector(`#advice-${field.name}-error`);
    if (message !== null) message.textContent = error;
    situation = situation === null || 'error' in read ? null : withField(situation, field.name, read.value);
  }
  return situation;
}
