/** Describes an ONNX file in lines of text: what it says of itself, and what it costs an isolate as measured. */
import { basename } from 'node:path';
import { draftCard } from './draft-card.ts';
import { explainMemory, ISOLATE_BYTES, mebibytes } from './isolate-limits.ts';
import { readModelFile } from './model-file.ts';
import { type OnnxModel, type OnnxValue, readOnnx } from './onnx-model.ts';
import { probe } from './probe.ts';
import { explainFailure } from './probe-failure.ts';

const SEED = 1;

/** The report. Throws when the file is no whole ONNX file; what hinders it from being served is part of the report. */
export async function inspect(file: string, log: (message: string) => void): Promise<string> {
  try {
    const bytes = readModelFile(file);
    const onnx = readOnnx(bytes);
    log(`running ${basename(file)} with onnxruntime`);
    const rows = [...describe(file, bytes.length, onnx), ...(await measure(file, bytes.length, onnx))];
    return rows.map(([label, text]) => `${label.padEnd(LABEL_CHARS)}${text}\n`).join('');
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

type Row = readonly [label: string, text: string];

const LABEL_CHARS = 12;

function describe(file: string, bytes: number, onnx: OnnxModel): Row[] {
  const values = (list: readonly OnnxValue[]) => list.map(({ name, type }) => `${name} ${type}`);
  const operators = onnx.operators.map(({ domain, op, count }) => `${domain}.${op} x ${count}`);
  return [
    ['file', `${file}, ${bytes.toLocaleString('en')} bytes (${mebibytes(bytes)})`],
    ['producer', onnx.producer === '' ? 'not stated' : onnx.producer],
    ['IR version', String(onnx.irVersion)],
    ['opsets', [...onnx.opsets].map(([domain, version]) => `${domain} ${version}`).join(', ')],
    ...list('inputs', values(onnx.inputs)),
    ...list('outputs', values(onnx.outputs)),
    ...list('operators', operators),
    ['parameters', onnx.parameters.toLocaleString('en')],
    ...list('weights in', onnx.externalFiles),
  ];
}

/** One row an item, the label before the first. */
function list(label: string, items: readonly string[]): Row[] {
  return items.map((item, i) => [i === 0 ? label : '', item]);
}

/** The memory after a run, or after loading where the protocol cannot carry the inputs and outputs. */
async function measure(file: string, bytes: number, onnx: OnnxModel): Promise<Row[]> {
  const rows: Row[] = [];
  let card: ReturnType<typeof draftCard> | undefined;
  try {
    card = draftCard('inspected', onnx);
  } catch (cause) {
    rows.push(['not served', cause instanceof Error ? cause.message : String(cause)]);
  }
  const answer = await probe({ files: [file], seed: SEED, ...(card === undefined ? {} : { card }) });
  if (!answer.ok) return [...rows, ['not served', explainFailure(answer, onnx)]];
  const memory = explainMemory(answer.wasmBytes, bytes);
  return [...rows, ['memory', `about ${memory} of an isolate's ${mebibytes(ISOLATE_BYTES)}`]];
}
