/** The answer as one column varies and the others stay: a line, or one for each class. */
import { type Bars, barsOf } from './answer.ts';
import type { Outputs } from './editor.ts';
import { display, element, shape } from './element.ts';
import type { Model } from './model.ts';
import type { Column } from './table-form.ts';

const [WIDTH, HEIGHT, POINTS] = [320, 160, 41];

interface CurveOptions {
  readonly model: Model;
  readonly columns: readonly Column[];
  readonly changed: () => void;
}

export function createCurve({ model, columns, changed }: CurveOptions) {
  const options = columns.map(({ name }, i) => element('option', { value: i }, name.replaceAll('_', ' ')));
  const select = element('select', { id: 'curve-column', onchange: changed }, ...options);
  const figure = element('figure', { class: 'curve' });
  const label = element('label', { for: 'curve-column' }, 'The answer as this varies: ');
  const points = Math.min(POINTS, model.maxRows ?? POINTS);

  const draw = async (row: readonly number[], infer: (rows: number[][]) => Promise<Outputs>) => {
    const index = Number(select.value);
    const column = columns[index];
    if (column === undefined || points < 2) return;
    const xs = Array.from({ length: points }, (_, i) => column.min + ((column.max - column.min) * i) / (points - 1));
    const lines = linesOf(model, await infer(xs.map((x) => row.with(index, x))), points);
    figure.hidden = lines.length === 0;
    figure.replaceChildren(...drawingOf(lines, column, row[index] ?? Number.NaN));
  };
  return { element: element('div', {}, label, select, figure), draw };
}

/** The classes' numbers for each point, or the primary output's. */
function linesOf(model: Model, outputs: Outputs, points: number): Bars[] {
  for (const spec of model.outputs) {
    const bars = Array.from({ length: points }, (_, row) => barsOf(spec, outputs[spec.name], row) ?? []);
    if (bars[0]?.length) {
      return bars[0].map(({ label }, i) => bars.map((bar) => ({ label, value: bar[i]?.value ?? Number.NaN })));
    }
  }
  const { data } = outputs[model.primaryOutput] ?? { data: [] };
  const numbers = Array.from(data, Number);
  if (numbers.length !== points || numbers.some(Number.isNaN)) return [];
  return [numbers.map((value) => ({ label: model.primaryOutput, value }))];
}

function drawingOf(lines: readonly Bars[], { name, unit, min, max }: Column, at: number): Element[] {
  const values = lines.flat().map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (value: number) => ((value - min) / (max - min)) * WIDTH;
  const y = (value: number) => HEIGHT - ((value - low) / (high - low || 1)) * HEIGHT;
  const paths = lines.map((line, i) => {
    const points = line.map(({ value }, p) => `${(p / (line.length - 1)) * WIDTH},${y(value)}`);
    return shape('polyline', { points: points.join(' '), class: `line series-${i % 4}` });
  });
  const mark =
    at >= min && at <= max ? [shape('line', { x1: x(at), x2: x(at), y1: 0, y2: HEIGHT, class: 'mark' })] : [];
  const words = `From ${display(min)} to ${display(max)} of ${name.replaceAll('_', ' ')} the answer lies between ${display(low)} and ${display(high)}.`;
  const size = {
    viewBox: `0 -4 ${WIDTH} ${HEIGHT + 8}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': words,
  };
  const labels =
    lines.length === 1
      ? []
      : lines.map((line, i) => element('span', { class: `key series-${i % 4}` }, line[0]?.label ?? ''));
  return [
    element('span', { class: 'axis' }, display(high)),
    shape('svg', size, ...mark, ...paths),
    element('span', { class: 'axis' }, display(low)),
    element(
      'p',
      { class: 'ends' },
      element('span', {}, display(min)),
      element('span', {}, unit),
      element('span', {}, display(max)),
    ),
    element('figcaption', {}, ...labels, lines.length === 1 ? words : ''),
  ];
}
