/** Puts the failures of a probe into plain words: what the model asks for that the runtime does not have. */
import type { OnnxModel } from './onnx-model.ts';
import type { ProbeAnswer } from './probe.ts';

type Failure = Extract<ProbeAnswer, { ok: false }>;

/** A kind of error: how the runtime words it, and what it means; the groups of the match come as texts. */
interface Wording {
  readonly pattern: RegExp;
  readonly explain: (groups: readonly string[], model: OnnxModel) => string;
}

const WORDINGS: readonly Wording[] = [
  {
    pattern: /No Op registered for (\S+)/,
    explain: ([op = ''], model) => missingOperator(op, model),
  },
  {
    pattern: /Fatal error: \S*?(\w+)\(-?\d+\) is not a registered function\/op/,
    explain: ([op = ''], model) => missingOperator(op, model),
  },
  {
    pattern: /Could not find an implementation for (?:\S+[:.])?(\w+)\(\d+\)/,
    explain: ([op = ''], model) =>
      `expected operators that onnxruntime-web runs, got ${named(op, model)}, which it lacks for these datatypes or in ` +
      'so old a version; export the model with opset 17 or newer, or in FP32',
  },
  {
    pattern: /Opset (\d+) is under development.* for domain (\S+) is till opset (\d+)/,
    explain: ([got, domain, most]) =>
      `expected opset ${most} or lower of ${domain}, got ${got}; export the model with a lower opset`,
  },
  {
    pattern: /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    explain: ([got, most]) =>
      `expected IR version ${most} or lower, got ${got}; export the model with an older onnx, or set its ir_version lower`,
  },
  {
    pattern: /\(tensor\(double\)\) of output arg .* of node .* does not match expected type \(tensor\(float\)\)/,
    explain: () =>
      'expected a node whose types agree, got one converted for float64 that answers in float32, as trees do; convert with float32 ' +
      'data: to_onnx(model, X.astype(numpy.float32)), or initial_types=[("X", FloatTensorType([None, X.shape[1]]))]',
  },
  {
    pattern: /bad_alloc|out of memory|failed to allocate/i,
    explain: () =>
      'expected a model that fits the memory of an isolate (128 MB), got one that needs several times that',
  },
  {
    pattern: /out of bounds|unreachable|never ended/,
    explain: () => UNKNOWN.end,
  },
];

const EXCERPT_CHARS = 300;

/** File, line and function of the runtime's own source, which its texts often open with. */
const SOURCE_POSITION = /^\S+\.(?:cc|h):\d+ [^()]*\([^()]*\) (?:const )?/;

/** Why a probe failed, in plain words, with the first line of the runtime's own text. */
export function explainFailure({ stage, message }: Failure, model: OnnxModel): string {
  if (stage === 'example') return `expected examples on which the model runs, got ${message}`;
  const [firstLine = ''] = message
    .replace(/^.*ERROR_MESSAGE: /, '')
    .replace(SOURCE_POSITION, '')
    .split('\n');
  const known = WORDINGS.map(({ pattern, explain }) => {
    const match = pattern.exec(message);
    return match === null ? undefined : explain(match.slice(1), model);
  }).find((text) => text !== undefined);
  return `${known ?? UNKNOWN[stage]}. ${SOURCE[stage]}: ${firstLine.trim().slice(0, EXCERPT_CHARS)}`;
}

/** Whose words the message is. */
const SOURCE = {
  load: 'onnxruntime says',
  run: 'onnxruntime says',
  example: 'onnxruntime says',
  repeat: 'Second run',
  end: 'Process',
};

const UNKNOWN = {
  load: 'expected a model that onnxruntime-web can load, got one that it refuses; check it with onnx.checker.check_model',
  run:
    'expected a model that runs on inputs of the shapes that it states, got an error on all that were tried; say which ones ' +
    'it takes: --example request.json (a request as a client sends it), --shape NAME=1,512, or --value NAME=16000',
  example: '',
  repeat:
    'expected the same answer to the same input, got another one; export the model for inference, without dropout or random operators',
  end: 'expected an answer of the runtime, got a crash or a hang; the file is damaged, or the model never ends',
};

function missingOperator(op: string, model: OnnxModel): string {
  return `expected operators that onnxruntime-web has, got ${named(op, model)}; export the model without it`;
}

/** The operator with its domain and opset. */
function named(op: string, { operators, opsets }: OnnxModel): string {
  const domain = operators.find((operator) => operator.op === op)?.domain ?? 'ai.onnx';
  return `${domain}.${op}${opsets.has(domain) ? ` of opset ${opsets.get(domain)}` : ''}`;
}
