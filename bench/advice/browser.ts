/** The part of the advice that runs in the report: reads the form, and writes the advice anew on every change. */
import { blocksHtml } from '../report/html/blocks.ts';
import { adviceBlocks } from './advice.ts';
import type { AdviceFacts } from './facts.ts';
import { DEFAULT_SITUATION, FIELDS, readField } from './situation.ts';

/** The little of a document that is used; the section has every element that is asked for. */
type PageElement = Record<'value' | 'innerHTML' | 'textContent' | 'ariaInvalid', string> & {
  addEventListener(type: 'input', listener: () => void): void;
};
declare const document: { querySelector(selector: string): PageElement };

/** Keeps the output in step with the form. While a field is wrong, what was expected stands beside it, and the output stays. */
export function startAdvice(facts: AdviceFacts): void {
  document.querySelector('.advice-form').addEventListener('input', () => {
    let [situation, isRight] = [DEFAULT_SITUATION, true];
    for (const field of FIELDS) {
      const input = document.querySelector(`#advice-${field.name}`);
      const { value, error } = readField(field, input.value);
      document.querySelector(`#advice-${field.name}-error`).textContent = error;
      input.ariaInvalid = String(error !== '');
      situation = { ...situation, [field.name]: value };
      isRight &&= error === '';
    }
    // Every text in it is escaped by the renderer.
    if (isRight) document.querySelector('.advice-output').innerHTML = blocksHtml(adviceBlocks(facts, situation));
  });
}
