/** What a model answered: its prediction in large, classes as bars, and every other output as numbers. */
import type { Outputs } from './editor.ts';
import { display, element } from './element.ts';
import { elementsOf, type Model, type OutputSpec, readableOf } from './model.ts';

/** Classes with their numbers. */
export type Bars = readonly { readonly label: string; readonly value: number }[];

const MAX_BARS = 50;
const MAX_ELEMENTS = 24;

/** A row of an output as bars, where it has a number for each of several classes. */
export function barsOf({ classes }: OutputSpec, output: Outputs[string] | undefined, row = 0): Bars | undefined {
  const [rows = 0, width = 0, ...deeper] = output?.shape ?? [];
  const isFloat = output?.datatype === 'FP32' || output?.datatype === 'FP64';
  if (!isFloat || row >= rows || width < 2 || width > MAX_BARS || deeper.length > 0) return undefined;
  const numbers = elementsOf(output.data.slice(row * width, (row + 1) * width));
  return numbers.map((value, i) => ({ label: classes?.[i] ?? String(i), value: Number(value) }));
}

export function showAnswer(model: Model, outputs: Outputs): Element[] {
  const primary = model.outputs.find(({ name }) => name === model.primaryOutput);
  const first = outputs[model.primaryOutput]?.data[0];
  const headline = element(
    'p',
    { class: 'headline' },
    element('strong', {}, display(first)),
    ` ${primary?.unit ?? ''}`,
  );
  const isRead = primary !== undefined && outputs[primary.name]?.data.length === 1;
  const others = model.outputs.filter((spec) => !(isRead && spec === primary));
  return [...(isRead ? [headline] : []), ...others.map((spec) => showOutput(spec, outputs[spec.name]))];
}

function showOutput(spec: OutputSpec, output: Outputs[string] | undefined): Element {
  const bars = barsOf(spec, output);
  const caption = `${spec.name}${spec.unit === undefined ? '' : `, ${spec.unit}`}`;
  if (bars !== undefined) return showBars(caption, bars);
  const { shape = [], datatype = spec.datatype, data = [] } = output ?? {};
  const elements = readableOf(datatype, data.slice(0, MAX_ELEMENTS)).map(display).join(', ');
  const about = `${datatype} [${shape.join(', ')}]`;
  return element(
    'p',
    {},
    `${caption}: ${about}`,
    element('code', { class: 'elements' }, `${elements}${data.length > MAX_ELEMENTS ? ', ...' : ''}`),
  );
}

function showBars(caption: string, bars: Bars): Element {
  const most = Math.max(...bars.map(({ value }) => value));
  const [low, high] = [Math.min(0, ...bars.map(({ value }) => value)), Math.max(1e-9, most)];
  const isShare = low === 0 && Math.abs(bars.reduce((sum, { value }) => sum + value, 0) - 1) < 0.01;
  const rows = bars.map(({ label, value }) => {
    const bar = element('div', { class: value === most ? 'bar most' : 'bar' });
    bar.style.inlineSize = `${(100 * (value - low)) / ((isShare ? 1 : high) - low)}%`;
    const text = isShare ? `${(100 * value).toFixed(1)}%` : display(value);
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, label),
      element('td', { class: 'room' }, bar),
      element('td', {}, text),
    );
  });
  return element('table', { class: 'bars' }, element('caption', {}, caption), element('tbody', {}, ...rows));
}
