/** The request that is sent, as one makes it in a terminal, in Python, and with the client. */
import { tableOf } from '../../shared/http/rows.ts';
import { shortestOfFp32, toJsonElements } from '../../shared/http/tensor-json.ts';
import { modelPath } from '../../shared/remote/v2-requests.ts';
import { type Tensor, TYPED_ARRAYS } from '../../shared/tensor.ts';
import { element } from './element.ts';
import { elementsOf, type Model } from './model.ts';

/** Characters of a request that are still shown. */
const MAX_LENGTH = 200_000;

interface Code {
  readonly path: string;
  readonly body: string;
  /** The call of the client, and what it gives. */
  readonly call: string;
  readonly result: string;
}

export function showCode(model: Model, inputs: readonly Tensor[]): Element[] {
  const { origin } = location;
  const { path, body, call, result } = tableOf(model).ok ? rowCode(model, inputs) : tensorCode(model, inputs);
  if (body.length > MAX_LENGTH)
    return [element('p', {}, `The request has ${body.length} characters, too many to show.`)];
  const codes = {
    curl: `curl -d '${body.replaceAll("'", "'\\''")}' \\\n  ${origin}${path}`,
    Python: `import json, urllib.request

body = r'''${body}'''
with urllib.request.urlopen('${origin}${path}', body.encode()) as answer:
    print(json.load(answer))`,
    TypeScript: `import { createClient } from '${origin}/client.js';

const client = createClient('${origin}');
const ${result} = await client.${call};
console.log(${result.replaceAll(/\W/g, '')});`,
  };
  return Object.entries(codes).map(([language, code], i) => {
    const copy = element('button', { type: 'button', onclick: () => void navigator.clipboard.writeText(code) }, 'Copy');
    const text = element('pre', { tabindex: 0, role: 'region', 'aria-label': language }, element('code', {}, code));
    return element('details', { name: 'code', open: i === 0 }, element('summary', {}, language), copy, text);
  });
}

/** One row, by name where the columns have names; null is a value that is not known. */
function rowCode({ name, inputs: [spec] }: Model, [table]: readonly Tensor[]): Code {
  const row = elementsOf(table?.data ?? []).map((value) =>
    Number.isFinite(value) ? shortestOfFp32(Number(value)) : null,
  );
  const named = spec?.features?.map((feature, i) => [feature.name, row[i]] as const);
  const features = JSON.stringify(named === undefined ? row : Object.fromEntries(named));
  const path = `/models/${encodeURIComponent(name)}/predict`;
  const call = `predict(${JSON.stringify(name)}, ${features})`;
  return { path, body: `{"features":${features}}`, call, result: 'prediction' };
}

/** FP16 and what is not finite have no form in JSON: null stands for them, which the server refuses in words. */
function tensorCode({ name }: Model, inputs: readonly Tensor[]): Code {
  const tensors = inputs.map((input) => {
    const elements = toJsonElements({ model: name, nonFinite: 'null' }, input);
    return {
      name: input.name,
      datatype: input.datatype,
      shape: input.shape,
      data: elements.ok ? elements.value : null,
    };
  });
  const lines = inputs.map(({ name, datatype, shape, data }) => {
    const elements = elementsOf(data).map((value) => {
      if (typeof value === 'bigint') return `${value}n`;
      return typeof value === 'number' ? String(value) : JSON.stringify(value);
    });
    const list = `[${elements.join(', ')}]`;
    const typed = datatype === 'BYTES' ? list : `${TYPED_ARRAYS[datatype].name}.from(${list})`;
    return `  ${JSON.stringify(name)}: { datatype: '${datatype}', shape: [${shape.join(', ')}], data: ${typed} },\n`;
  });
  const call = `infer(${JSON.stringify(name)}, {\n${lines.join('')}})`;
  return { path: `${modelPath(name)}/infer`, body: JSON.stringify({ inputs: tensors }), call, result: '{ outputs }' };
}
