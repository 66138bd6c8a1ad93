/**
 * HTML that is escaped unless it says otherwise. Names of targets, notes and answers of servers come from outside, so a
 * plain string in the template is text, and only what another template made is markup.
 */

/** Markup that may stand in a page as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: null and false stand for nothing. */
export type Content = Markup | string | number | null | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup with every string between its parts escaped, for text and quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(parts.map((part, i) => part + textOf(contents[i] ?? null)).join(''));
}

function textOf(content: Content): string {
  if (content === null || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string') return content.replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark);
  return typeof content === 'number' ? String(content) : content.map(textOf).join('');
}

/** Markup that was escaped elsewhere: a drawing, the advice section. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/** A value as JSON that can stand inside a script element. */
export function jsonForScript(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replace(/[<>\u2028\u2029]/g, escapeUnit));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
