/**
 * Holds a request against its model's card: names, datatypes, shapes, rows. It stands beside the model and not at the
 * edge, because a caller over RPC never passes the edge.
 */
import { describe, invalid, type PredictError, quote } from '../errors.ts';
import { MAX_ELEMENTS } from '../limits.ts';
import type { ModelCard, TensorSpec } from '../model-card.ts';
import type { InferRequest } from '../predictor.ts';
import { ok, type Result } from '../result.ts';
import { elementCount, holdsDatatype, type Tensor } from '../tensor.ts';

/** Sizes of a tensor's dimensions. */
export type Shape = readonly number[];

export interface RequestLimits {
  /** The server's own limit of rows. */
  readonly maxRows: number;
  /** Largest sizes of each input, in the card's order, that the build has run the model with; any, where it is not told. */
  readonly largest?: readonly Shape[] | undefined;
}

/** The names of the outputs to compute, or what is wrong with the request. */
export function checkRequest(
  card: ModelCard,
  request: InferRequest,
  { maxRows, largest }: RequestLimits,
): Result<readonly string[], PredictError> {
  const inputNames = checkNames(
    card,
    'input',
    card.inputs,
    request.inputs.map((input) => input.name),
  );
  if (!inputNames.ok) return inputNames;
  for (const [index, spec] of card.inputs.entries()) {
    const tensor = request.inputs.find((input) => input.name === spec.name);
    if (tensor === undefined) return mismatch(card, 'inputs', `input ${quote(spec.name)}`, 'no such tensor');
    const checked = checkTensor(card, spec, tensor, Math.min(maxRows, card.maxRows ?? maxRows));
    if (!checked.ok) return checked;
    const within = checkSizes(card, tensor, largest?.[index] ?? tensor.shape);
    if (!within.ok) return within;
  }
  return checkNames(card, 'output', card.outputs, request.outputs ?? card.outputs.map((output) => output.name));
}

function checkNames(
  card: ModelCard,
  role: 'input' | 'output',
  specs: readonly TensorSpec[],
  names: readonly string[],
): Result<readonly string[], PredictError> {
  const known = specs.map((spec) => spec.name);
  const wrong = (got: string) =>
    mismatch(card, `${role}s`, `each ${role} once at most, of ${known.map(quote).join(', ')}`, got);
  if (names.length === 0) return wrong('none');
  const seen = new Set<string>();
  for (const name of names) {
    if (!known.includes(name)) return wrong(quote(name));
    if (seen.has(name)) return wrong(`${quote(name)} twice`);
    seen.add(name);
  }
  return ok(names);
}

function checkTensor(card: ModelCard, spec: TensorSpec, tensor: Tensor, maxRows: number): Result<true, PredictError> {
  const { datatype, shape, data } = tensor;
  const wrong = (expected: string, got: string) => mismatch(card, `input ${quote(spec.name)}`, expected, got);
  if (spec.datatype !== datatype) return wrong(`datatype ${spec.datatype}`, String(datatype));
  if (!holdsDatatype(datatype, data)) return wrong(`${datatype} data`, describe(data));
  if (!fitsShape(spec.shape, shape)) return wrong(`shape ${JSON.stringify(spec.shape)} (-1 varies)`, shapeText(shape));
  const rows = spec.shape[0] === -1 ? shape[0] : undefined;
  if (rows !== undefined && rows > maxRows) return wrong(`at most ${maxRows} rows`, String(rows));
  if (shape.reduce((product, size) => product * (size || 1), 1) > MAX_ELEMENTS) {
    return wrong(`sizes whose product is at most ${MAX_ELEMENTS}`, shapeText(shape));
  }
  const elements = elementCount(shape);
  if (elements !== data.length) {
    return wrong(`${elements} elements for shape ${shapeText(shape)}`, String(data.length));
  }
  const fault = findFault(tensor, spec.missing === 'nan');
  return fault === undefined ? ok(true) : wrong(fault.expected, fault.got);
}

/** Kernels choose their path by size, so a cut runtime answers only up to the sizes that its build has tried. */
function checkSizes(card: ModelCard, { name, shape }: Tensor, largest: Shape): Result<true, PredictError> {
  const axis = shape.findIndex((size, i) => size > (largest[i] ?? size));
  if (axis === -1) return ok(true);
  const expected =
    `at most ${largest[axis]} in dimension ${axis} of the shape, the most that this build has tried (an example of that size ` +
    `in the model's examples.json and "npm run build" raise it; "npm run build -- --runtime whole" has no such limit)`;
  return mismatch(card, `input ${quote(name)}`, expected, String(shape[axis]));
}

/** The first element that its datatype or the card does not allow. */
function findFault(tensor: Tensor, nanIsMissing: boolean): { expected: string; got: string } | undefined {
  switch (tensor.datatype) {
    case 'BOOL': {
      const bad = tensor.data.findIndex((byte) => byte > 1);
      return bad === -1 ? undefined : { expected: 'bytes 0 or 1', got: `${tensor.data[bad]} at element ${bad}` };
    }
    case 'BYTES': {
      const bad = tensor.data.findIndex((text) => text.includes('\0') || !text.isWellFormed());
      const expected = 'texts of whole Unicode characters without NUL';
      return bad === -1 ? undefined : { expected, got: `another at element ${bad}` };
    }
    case 'FP16':
      return nanFault(nanIsMissing ? -1 : tensor.data.findIndex(isHalfNan));
    case 'FP32':
    case 'FP64':
      return nanFault(nanIsMissing ? -1 : tensor.data.findIndex(Number.isNaN));
    default:
      return undefined;
  }
}

/** IEEE 754 binary16: all exponent bits set, and a fraction that is not 0. */
function isHalfNan(bits: number): boolean {
  return (bits & 0x7fff) > 0x7c00;
}

function nanFault(index: number) {
  return index === -1 ? undefined : { expected: 'numbers', got: `NaN at element ${index}` };
}

function fitsShape(spec: readonly number[], shape: readonly number[]): boolean {
  if (!Array.isArray(shape) || spec.length !== shape.length) return false;
  return spec.every((size, axis) => {
    const got = shape[axis] ?? -1;
    return Number.isSafeInteger(got) && got >= 0 && (size === -1 || size === got);
  });
}

function shapeText(shape: readonly number[]): string {
  if (!Array.isArray(shape)) return describe(shape);
  return shape.length > 8 ? `${shape.length} dimensions` : JSON.stringify(shape);
}

function mismatch(card: ModelCard, where: string, expected: string, got: string) {
  return invalid(`model ${quote(card.name)}, ${where}`, expected, got);
}
