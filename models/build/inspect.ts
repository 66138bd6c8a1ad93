/** Describes an ONNX file in lines of text: what it says of itself, and what it costs an isolate as measured. */
import { basename } from 'node:path';
import type { ModelCard } from '../../shared/model-card.ts';
import { askedOf, type KnownInputs } from './add-model.ts';
import { draftCard } from './draft-card.ts';
import { printInput } from './examples.ts';
import { fromJsonTensor, type Golden } from './golden.ts';
import { explainMemory, ISOLATE_BYTES, mebibytes } from './isolate-limits.ts';
import { readModelFile } from './model-file.ts';
import { type OnnxModel, type OnnxValue, readOnnx } from './onnx-model.ts';
import { probe } from './probe.ts';
import { explainFailure } from './probe-failure.ts';

const SEED = 1;

export interface InspectOptions {
  readonly file: string;
  /** What the model is or would be called. */
  readonly name: string;
  readonly known: KnownInputs;
  readonly log: (message: string) => void;
}

/** The report. Throws when the file is no whole ONNX file; what hinders it from being served is part of the report. */
export async function inspect({ file, name, known, log }: InspectOptions): Promise<string> {
  try {
    const bytes = readModelFile(file);
    const onnx = readOnnx(bytes);
    log(`running ${basename(file)} with onnxruntime`);
    const measured = await measure({ file, name, known, log }, bytes.length, onnx);
    const rows = [...describe(file, bytes.length, onnx), ...measured.rows];
    return rows.map(([label, text]) => `${label.padEnd(LABEL_CHARS)}${text}\n`).join('') + measured.example;
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
async function measure({ file, name, known, log }: InspectOptions, bytes: number, onnx: OnnxModel): Promise<Measured> {
  const rows: Row[] = [];
  let card: ModelCard | undefined;
  try {
    card = draftCard(name, onnx);
  } catch (cause) {
    rows.push(['not served', cause instanceof Error ? cause.message : String(cause)]);
  }
  const asked = card === undefined ? {} : { card, ...askedOf(known, card) };
  const answer = await probe({ files: [file], seed: SEED, ...asked }, { log });
  if (!answer.ok) return { rows: [...rows, ['not served', explainFailure(answer, onnx)]], example: '' };
  const memory = explainMemory(answer.wasmBytes, bytes);
  const example = answer.golden === undefined ? '' : printCurl(name, answer.golden);
  return { rows: [...rows, ['memory', `about ${memory} of an isolate's ${mebibytes(ISOLATE_BYTES)}`]], example };
}

const MAX_ARGUMENT = 2_000;

/** A request that the model answers, as a command for a shell, its smallest case. */
function printCurl(name: string, { cases }: Golden): string {
  const bodies = cases.map(
    ({ inputs }) => `{"inputs":[${inputs.map((input) => printInput(fromJsonTensor(input))).join(',')}]}`,
  );
  const [smallest = ''] = bodies.sort((a, b) => a.length - b.length);
  if (smallest.includes('"FP16"')) return 'example     FP16 has no form in JSON; send it as binary tensors\n';
  const url = `http://localhost:8787/v2/models/${name}/infer`;
  // What a shell takes as one argument is limited.
  if (smallest.length > MAX_ARGUMENT) return `example\ncurl -d @- ${url} <<'END'\n${smallest}\nEND\n`;
  return `example\ncurl -d '${smallest.replaceAll("'", String.raw`'\''`)}' ${url}\n`;
}

interface Measured {
  readonly rows: readonly Row[];
  /** A command that asks the model, empty where it is not served. */
  readonly example: string;
}
