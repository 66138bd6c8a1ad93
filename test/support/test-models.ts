/**
 * Small ONNX models that no trained one stands for: every datatype, scalars, labels. They are put into the real Workers,
 * bundled as for a deployment, in a build of their own.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
} from 'onnx-buf';
import { writeStock } from '../../models/build/artefact.ts';
import { bundle, bundleDeno } from '../../models/build/bundle.ts';
import { copySources } from '../../models/build/files.ts';
import type { ModelFolder } from '../../models/build/model-folder.ts';
import { versionName } from '../../models/build/model-name.ts';
import { ROOT, type WorkerName } from '../../models/build/workers.ts';
import type { ModelCard, TensorSpec } from '../../shared/model-card.ts';
import { DATATYPES, type Datatype } from '../../shared/tensor.ts';

type Node = MessageInitShape<typeof NodeProtoSchema>;

const { BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FLOAT16, FLOAT, DOUBLE, STRING } =
  TensorProto_DataType;

/** ONNX's number of each datatype. */
const ONNX_TYPES = {
  BOOL,
  UINT8,
  UINT16,
  UINT32,
  UINT64,
  INT8,
  INT16,
  INT32,
  INT64,
  FP16: FLOAT16,
  FP32: FLOAT,
  FP64: DOUBLE,
  BYTES: STRING,
} as const satisfies Record<Datatype, TensorProto_DataType>;

/** A model and what it is encoded from. */
export interface TestModel {
  readonly card: ModelCard;
  readonly nodes: readonly Node[];
  readonly constants?: readonly MessageInitShape<typeof TensorProtoSchema>[];
}

/** A card of a model that has no task. */
export function card(name: string, inputs: TensorSpec[], outputs: TensorSpec[]): ModelCard {
  const primaryOutput = outputs[0]?.name ?? '';
  return { name, version: '1', platform: 'onnx_onnxv1', task: 'test', inputs, outputs, primaryOutput };
}

function integer(name: string, value: bigint) {
  return { name, dataType: INT64, int64Data: [value] };
}

function attribute(name: string, i: number) {
  return { name, type: AttributeProto_AttributeType.INT, i: BigInt(i) };
}

/** Gives back what it is given, for every datatype: input `in_D` as output `out_D`. */
const EVERY_TYPE: TestModel = {
  card: card(
    'every-type',
    DATATYPES.map((datatype) => ({ name: `in_${datatype}`, datatype, shape: [-1, -1], missing: 'nan' })),
    DATATYPES.map((datatype) => ({ name: `out_${datatype}`, datatype, shape: [-1, -1] })),
  ),
  nodes: DATATYPES.map((name) => ({ opType: 'Identity', input: [`in_${name}`], output: [`out_${name}`] })),
};

/** Adds 1 to a scalar, and gives back another. */
const SCALARS: TestModel = {
  card: card(
    'scalars',
    [
      { name: 'n', datatype: 'INT64', shape: [] },
      { name: 'text', datatype: 'BYTES', shape: [] },
    ],
    [
      { name: 'next', datatype: 'INT64', shape: [] },
      { name: 'same', datatype: 'BYTES', shape: [] },
    ],
  ),
  constants: [integer('one', 1n)],
  nodes: [
    { opType: 'Add', input: ['n', 'one'], output: ['next'] },
    { opType: 'Identity', input: ['text'], output: ['same'] },
  ],
};

const COLUMNS = ['a', 'b'].map((name) => ({ name, unit: 'none', min: 0, max: 9, step: 1 }));

/** A table of two columns that may be missing: the first column as a text, and which values are missing. */
const LABELS: TestModel = {
  card: card(
    'labels',
    [{ name: 'X', datatype: 'FP32', shape: [-1, 2], features: COLUMNS, missing: 'nan' }],
    [
      { name: 'label', datatype: 'BYTES', shape: [-1] },
      { name: 'missing', datatype: 'BOOL', shape: [-1, 2] },
    ],
  ),
  constants: [integer('first', 0n)],
  nodes: [
    { opType: 'Gather', input: ['X', 'first'], output: ['column'], attribute: [attribute('axis', 1)] },
    { opType: 'Cast', input: ['column'], output: ['label'], attribute: [attribute('to', STRING)] },
    { opType: 'IsNaN', input: ['X'], output: ['missing'] },
  ],
};

/** The class of a row, 0 or 1, above 2^53. */
export const FIRST_CLASS = 2n ** 53n + 1n;

/** A table of two columns without missing values: the larger column's number, counted from `FIRST_CLASS`. */
const CLASSES: TestModel = {
  card: card(
    'classes',
    [{ name: 'X', datatype: 'FP32', shape: [-1, 2], features: COLUMNS }],
    [{ name: 'class', datatype: 'INT64', shape: [-1] }],
  ),
  constants: [integer('base', FIRST_CLASS)],
  nodes: [
    {
      opType: 'ArgMax',
      input: ['X'],
      output: ['index'],
      attribute: [attribute('axis', 1), attribute('keepdims', 0)],
    },
    { opType: 'Add', input: ['index', 'base'], output: ['class'] },
  ],
};

/** Gives back a list of texts. */
const ECHO: TestModel = {
  card: card(
    'echo',
    [{ name: 'texts', datatype: 'BYTES', shape: [-1] }],
    [{ name: 'same', datatype: 'BYTES', shape: [-1] }],
  ),
  nodes: [{ opType: 'Identity', input: ['texts'], output: ['same'] }],
};

/** The card of a version, its members in the order of the schema. */
function version(number: string, label: string, { name, version: _, ...rest }: ModelCard): ModelCard {
  return { name, version: number, labels: [label], ...rest };
}

function table(name: string): TensorSpec {
  return { name, datatype: 'FP32', shape: [-1, 2] };
}

function integers(name: string): TensorSpec {
  return { name, datatype: 'INT64', shape: [-1] };
}

/** Versions of one model: the other sign of a table, the table itself, and the other sign of whole numbers. */
const GROWN: readonly TestModel[] = [
  {
    card: version('1', 'old', card('grown', [table('X')], [table('Y')])),
    nodes: [{ opType: 'Neg', input: ['X'], output: ['Y'] }],
  },
  {
    card: version('2', 'stable', card('grown', [table('X')], [table('Y')])),
    nodes: [{ opType: 'Identity', input: ['X'], output: ['Y'] }],
  },
  {
    card: version('10', 'canary', card('grown', [integers('n')], [integers('m')])),
    nodes: [{ opType: 'Neg', input: ['n'], output: ['m'] }],
  },
];

/** Test models of one version each. */
export const SINGLE_MODELS: readonly TestModel[] = [EVERY_TYPE, SCALARS, LABELS, CLASSES];

/** The test models, as the Workers of `buildTestModels` list them. */
export const TEST_MODELS: readonly TestModel[] = [...SINGLE_MODELS, ECHO, ...GROWN];

/** Names of the test models. */
export const TEST_MODEL_NAMES = [...new Set(TEST_MODELS.map((model) => model.card.name))];

/** Bundles the Workers with the test models; returns the root folder of that build, which is for the caller to remove. */
export function buildTestModels(): Promise<string> {
  return buildWorkers((artefact, root) => {
    const folders = TEST_MODELS.map((model): ModelFolder => {
      const onnx = join(root, `${versionName(model.card)}.onnx`);
      writeFileSync(onnx, encode(model));
      return { card: model.card, onnx };
    });
    writeStock(folders, artefact);
  });
}

/** Bundles Workers with the artefact that `write` writes; returns the root folder, for the caller to remove. */
export async function buildWorkers(
  write: (artefact: string, root: string) => void,
  workers: readonly WorkerName[] = ['combined', 'gateway', 'predictor'],
): Promise<string> {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  const root = mkdtempSync(join(ROOT, 'dist/test-models-'));
  const artefact = join(root, 'models/dist');
  copySources(ROOT, root);
  mkdirSync(artefact, { recursive: true });
  write(artefact, root);
  await Promise.all([...workers.map((worker) => bundle(worker, root)), bundleDeno(root)]);
  return root;
}

/** The bytes of its ONNX file. */
export function encode({ card: { name, inputs, outputs }, nodes, constants = [] }: TestModel): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name,
      node: [...nodes],
      initializer: [...constants],
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

/** Dimensions that vary get a name each, so that none has to equal another. */
function valueInfo({ name, datatype, shape }: TensorSpec) {
  const dim = shape.map((size, axis) =>
    size === -1
      ? { value: { case: 'dimParam' as const, value: `${name}_${axis}` } }
      : { value: { case: 'dimValue' as const, value: BigInt(size) } },
  );
  const value = { case: 'tensorType' as const, value: { elemType: ONNX_TYPES[datatype], shape: { dim } } };
  return { name, type: { value } };
}
