/**
 * The models as TypeScript types, for the client: `createClient<Models>(url)` then knows every model, tensor and feature by
 * name. The text needs no import, so that it can be copied into any project.
 */
import { tableOf } from '../../shared/http/rows.ts';
import type { ModelCard, TensorSpec } from '../../shared/model-card.ts';
import { TYPED_ARRAYS } from '../../shared/tensor.ts';

/** A module that declares `Models`. */
export function modelTypes(cards: readonly ModelCard[]): string {
  return [
    '/** The models of a Tandem, as `npm run models -- types` reads them off their cards. */',
    ...block('export type Models = {', cards.flatMap(modelLines), '};\n'),
  ].join('\n');
}

function modelLines(card: ModelCard): string[] {
  const lines = [
    ...block('inputs: {', card.inputs.map(tensorLine)),
    ...block('outputs: {', card.outputs.map(tensorLine)),
    ...featureLines(card),
    `prediction: ${predictionType(card)};`,
  ];
  return [...comment(card.description), ...block(`${key(card.name)}: {`, lines)];
}

function tensorLine({ name, datatype, shape }: TensorSpec): string {
  const sizes = shape.map((size) => (size === -1 ? 'number' : size)).join(', ');
  const data = datatype === 'BYTES' ? 'readonly string[]' : TYPED_ARRAYS[datatype].name;
  return `${key(name)}: { datatype: ${key(datatype)}; shape: readonly [${sizes}]; data: ${data} };`;
}

/** A row by name, where the columns have names, or as a list; none of a model that takes no table. */
function featureLines(card: ModelCard): string[] {
  if (!tableOf(card).ok) return ['features: never;'];
  const [optional, value] = card.inputs[0]?.missing === 'nan' ? ['?', 'number | null'] : ['', 'number'];
  const list = `ReadonlyArray<${value}>;`;
  const features = card.inputs[0]?.features ?? [];
  if (features.length === 0) return [`features: ${list}`];
  const lines = features.flatMap(({ name, unit, min, max }) => [
    ...comment(`${unit}; ${min} to ${max}`),
    `${key(name)}${optional}: ${value};`,
  ]);
  return block('features: {', lines, `} | ${list}`);
}

function predictionType({ outputs, primaryOutput, nonFinite }: ModelCard): string {
  const datatype = outputs.find(({ name }) => name === primaryOutput)?.datatype;
  const type = datatype === 'BYTES' ? 'string' : datatype === 'BOOL' ? 'boolean' : 'number';
  return nonFinite === 'null' ? `${type} | null` : type;
}

function block(open: string, lines: readonly string[], close = '};'): string[] {
  return [open, ...lines.map((line) => `  ${line}`), close];
}

function key(name: string): string {
  return JSON.stringify(name);
}

/** Nothing in a card's words may end the comment or its line. */
function comment(text: unknown): string[] {
  return typeof text === 'string' ? [`/** ${text.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ')} */`] : [];
}
