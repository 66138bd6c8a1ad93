/**
 * Tensors: the datatypes of the Open Inference Protocol v2, how each lies in memory, and what passes between the parts
 * of Tandem.
 */

/** What holds the elements of a tensor, by datatype. FP16 is its raw bits; BYTES are UTF-8 texts without NUL. */
export interface TensorDataOf {
  readonly BOOL: Uint8Array;
  readonly UINT8: Uint8Array;
  readonly UINT16: Uint16Array;
  readonly UINT32: Uint32Array;
  readonly UINT64: BigUint64Array;
  readonly INT8: Int8Array;
  readonly INT16: Int16Array;
  readonly INT32: Int32Array;
  readonly INT64: BigInt64Array;
  readonly FP16: Uint16Array;
  readonly FP32: Float32Array;
  readonly FP64: Float64Array;
  readonly BYTES: readonly string[];
}

export type Datatype = keyof TensorDataOf;

/** A datatype whose elements are numbers of one size. */
export type FixedDatatype = Exclude<Datatype, 'BYTES'>;

/** Elements of any datatype. */
export type TensorData = TensorDataOf[Datatype];

/** The typed array of each datatype of fixed size, little-endian as on every engine that runs WebAssembly. */
export const TYPED_ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const satisfies { [D in FixedDatatype]: new (length: number) => TensorDataOf[D] };

/** Names of all datatypes. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const satisfies Datatype[];

export function isDatatype(name: string): name is Datatype {
  return DATATYPES.some((datatype) => datatype === name);
}

/** How many elements a tensor of `shape` has: 1 for a scalar, 0 where any size is 0. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A named tensor in row-major order. `data.length` is the product of `shape`; an empty `shape` is a scalar. */
export type Tensor = {
  [D in Datatype]: {
    readonly name: string;
    readonly datatype: D;
    readonly shape: readonly number[];
    readonly data: TensorDataOf[D];
  };
}[Datatype];

/** A tensor of a datatype known only at run time. Throws a TypeError when `data` is not what `datatype` asks for. */
export function createTensor(name: string, datatype: Datatype, shape: readonly number[], data: unknown): Tensor {
  if (!holdsDatatype(datatype, data)) throw new TypeError(`tensor ${name}: expected the elements of ${datatype}`);
  return { name, datatype, shape, data } as Tensor;
}

/** Whether `data` is what `datatype` asks for. Callers over RPC send anything. */
export function holdsDatatype(datatype: Datatype, data: unknown): boolean {
  if (datatype !== 'BYTES') return data instanceof TYPED_ARRAYS[datatype];
  // `every` would pass over holes.
  return Array.isArray(data) && data.findIndex((text) => typeof text !== 'string') === -1;
}
