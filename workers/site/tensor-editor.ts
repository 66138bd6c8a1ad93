/** Inputs of any datatype and shape, as text: what a model takes for which there is no better form. */
import { toHttp } from '../../shared/errors.ts';
import { parseJson } from '../../shared/http/body.ts';
import { parseExactJson } from '../../shared/http/exact-json.ts';
import { readTensorData } from '../../shared/http/tensor-data.ts';
import { toJsonElements } from '../../shared/http/tensor-json.ts';
import { createTensor, type Tensor } from '../../shared/tensor.ts';
import type { Editor, EditorOptions } from './editor.ts';
import { element } from './element.ts';
import { elementsOf, type InputSpec, readableOf, zeros } from './model.ts';

export function createTensorEditor({ model, example, changed }: EditorOptions): Editor {
  const editors = model.inputs.map((spec) => {
    return editTensor(spec, example.find(({ name }) => name === spec.name) ?? zeros(spec), changed);
  });
  return {
    element: element('div', {}, ...editors.map((editor) => editor.element)),
    read: () => editors.map((editor) => editor.read()),
  };
}

function editTensor({ name, datatype, shape, missing, unit = '' }: InputSpec, example: Tensor, changed: () => void) {
  const [shapeId, dataId] = [`shape-${name}`, `data-${name}`];
  const sizes = element('input', { id: shapeId, value: example.shape.join(', '), oninput: changed });
  const text = element('textarea', { id: dataId, rows: 6, spellcheck: 'false', oninput: changed }, print(example));
  const takes = `${datatype} [${shape.map((size) => (size === -1 ? 'any' : size)).join(', ')}] ${unit}`;
  const fields = element(
    'fieldset',
    {},
    element('legend', {}, name, element('small', {}, takes)),
    element('label', { for: shapeId }, 'Shape'),
    sizes,
    element('label', { for: dataId }, 'Elements, as JSON'),
    text,
  );
  const read = (): Tensor => {
    const own = sizes.value
      .split(',')
      .map((size) => Number.parseInt(size, 10))
      .filter((size) => !Number.isNaN(size));
    const where = `input "${name}"`;
    const json = parseJson(text.value, parseExactJson);
    if (!json.ok) throw new Error(`${where}: ${toHttp(json.error).message.replace('body: ', '')}`);
    const inJson = datatype === 'FP16' ? 'FP64' : datatype;
    const data = readTensorData(json.value, { where, datatype: inJson, shape: own, nullIsNan: missing === 'nan' });
    if (!data.ok) throw new Error(toHttp(data.error).message);
    const isHalf = datatype === 'FP16';
    const elements = isHalf ? new Uint16Array(Float16Array.from(elementsOf(data.value), Number).buffer) : data.value;
    return createTensor(name, datatype, own, elements);
  };
  return { element: fields, read };
}

function print(tensor: Tensor): string {
  const elements = toJsonElements({ model: '', nonFinite: 'null' }, tensor);
  return JSON.stringify(elements.ok ? elements.value : readableOf(tensor.datatype, tensor.data));
}
