/** The form of the situation, made from the descriptions of its fields. */
import { escapeHtml } from './html.ts';
import { FIELDS, type Field, type Situation } from './situation.ts';

export function formHtml(situation: Situation): string {
  return `<form class="advice-form">${FIELDS.map((field) => fieldHtml(field, situation)).join('')}</form>`;
}

function fieldHtml({ name, label, unit, min, max, whole, fallback, hint }: Field, situation: Situation): string {
  const value = situation[name];
  const text = [label, unit, hint ?? ''].filter((part) => part !== '').join(', ');
  const attributes = [
    ['id', `advice-${name}`],
    ['name', name],
    ['type', 'number'],
    ['inputmode', whole ? 'numeric' : 'decimal'],
    ['min', String(min)],
    ['max', String(max)],
    ['step', whole ? '1' : 'any'],
    ['value', value === null ? '' : String(value)],
    ...(fallback === null ? [] : [['placeholder', fallback]]),
    ['aria-describedby', `advice-${name}-error`],
  ].map(([attribute = '', text = '']) => `${attribute}="${escapeHtml(text)}"`);
  return (
    `<p><label for="advice-${name}">${escapeHtml(text)}</label>` +
    `<input ${attributes.join(' ')}><span class="advice-error" id="advice-${name}-error" role="alert"></span></p>`
  );
}
