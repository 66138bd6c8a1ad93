/** Elements of the page, made in one expression. Nothing here takes HTML, so that no name of a model is ever markup. */

type Attributes = Readonly<Record<string, string | number | boolean | EventListener>>;
type Children = readonly (Node | string)[];

/** An element; a function under `onclick` and the like listens, true is an attribute without a value. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Children
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** An element of a drawing. */
export function shape<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Children
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill<E extends Element>(made: E, attributes: Attributes, children: Children): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (typeof value !== 'boolean') made.setAttribute(name, String(value));
    else made.toggleAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** A number as people read it. */
export function display(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value);
}
