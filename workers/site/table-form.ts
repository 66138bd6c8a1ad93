/** A form for one row of a table: for each column a number and a slider; and a curve of the answer along one column. */
import type { TensorSpec } from '../../shared/model-card.ts';
import type { Tensor } from '../../shared/tensor.ts';
import { createCurve } from './curve.ts';
import type { Editor, EditorOptions } from './editor.ts';
import { element } from './element.ts';

/** A column as its card has it, or as it can be guessed of an example. */
export interface Column {
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

interface Table {
  readonly spec: TensorSpec;
  readonly width: number;
}

export function createTableForm({ model, example, changed }: EditorOptions, { spec, width }: Table): Editor {
  const { name, missing, features } = spec;
  const row = Array.from({ length: width }, (_, i) => Number(example[0]?.data[i] ?? 0));
  const columns = row.map((value, i) => features?.[i] ?? guessColumn(`feature ${i}`, value, spec));
  const fields = columns.map((column, i) =>
    createField(column, { value: features ? middle(column) : row[i], changed }),
  );
  const read = (): number[] =>
    fields.map(({ number }, i) => {
      const value = number.value === '' ? Number.NaN : Number(number.value);
      if (!Number.isFinite(value) && missing !== 'nan')
        throw new Error(`${columns[i]?.name}: expected a number, got none`);
      return value;
    });
  const tensor = (rows: readonly number[][]): Tensor => {
    return { name, datatype: 'FP32', shape: [rows.length, width], data: Float32Array.from(rows.flat()) };
  };
  const curve = createCurve({ model, columns, changed });
  const hint = element('p', { class: 'hint' }, 'An empty field is a value that is not known.');
  return {
    element: element('div', {}, ...(missing === 'nan' ? [hint] : []), ...fields.map((field) => field.element)),
    read: () => [tensor([read()])],
    below: { element: curve.element, draw: (infer) => curve.draw(read(), (rows) => infer([tensor(rows)])) },
  };
}

/** The middle of a range, on its grid. */
function middle({ min, max, step }: Column): number {
  return Number((min + Math.floor((max - min) / 2 / step) * step).toPrecision(10));
}

function guessColumn(name: string, value: number, range: Partial<TensorSpec> = {}): Column {
  const around = Math.max(1, Math.abs(value));
  const { min = value - around, max = value + around } = range;
  return { name, unit: '', min, max, step: range.step ?? (max - min) / 100 };
}

function createField(
  { name, unit, min, max, step }: Column,
  { value = 0, changed }: { value?: number | undefined; changed: () => void },
) {
  const id = `field-${name}`;
  const range = { min, max, value: Number.isFinite(value) ? value : '' };
  const number = element('input', { ...range, id, type: 'number', step: 'any', 'aria-describedby': `${id}-range` });
  const slider = element('input', { ...range, type: 'range', step, 'aria-label': `${name}, as a slider` });
  number.addEventListener('input', () => {
    slider.value = number.value;
    changed();
  });
  slider.addEventListener('input', () => {
    number.value = slider.value;
    changed();
  });
  const about = `${unit}${unit === '' ? '' : ', '}${min} to ${max}`;
  const label = element(
    'label',
    { for: id },
    name.replaceAll('_', ' '),
    element('small', { id: `${id}-range` }, about),
  );
  return { number, element: element('div', { class: 'field' }, label, slider, number) };
}
