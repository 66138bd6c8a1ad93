/**
 * Reads ONNX's own form of a tensor, exactly. Elements lie in `raw_data`, little-endian, or in the field of their type;
 * small integers, BOOL and the bits of FP16 share `int32_data`, UINT32 lies in `uint64_data`. Source: onnx.proto.
 */
import { fromBinary } from '@bufbuild/protobuf';
import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType, TensorProtoSchema } from 'onnx-buf';
import { DATATYPE_OF } from '../../../shared/inference/ort-exports.ts';
import {
  createTensor,
  type Datatype,
  elementCount,
  type FixedDatatype,
  type Tensor,
  type TensorDataOf,
  TYPED_ARRAYS,
} from '../../../shared/tensor.ts';

/** The tensor in the bytes of a `TensorProto`, with the name that it has there. Throws on what the protocol does not carry. */
export function readTensorProto(bytes: Uint8Array): Tensor {
  const proto = fromBinary(TensorProtoSchema, bytes);
  const { name, dataType } = proto;
  const datatype = DATATYPE_OF.get(dataType);
  if (datatype === undefined)
    throw new Error(`tensor ${name}: expected a type of the protocol, got ${typeName(dataType)}`);
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL || proto.segment !== undefined) {
    throw new Error(`tensor ${name}: expected its elements in the file itself`);
  }
  const shape = proto.dims.map(Number);
  const data = datatype === 'BYTES' ? proto.stringData.map(decodeText) : readElements(proto, datatype);
  if (data.length !== elementCount(shape)) {
    throw new Error(
      `tensor ${name}: expected ${elementCount(shape)} elements for shape [${shape}], got ${data.length}`,
    );
  }
  return createTensor(name, datatype, shape, data);
}

/** ONNX's name of an element type. */
function typeName(elementType: number): string {
  return TensorProto_DataType[elementType] ?? `element type ${elementType}`;
}

function readElements(proto: TensorProto, datatype: FixedDatatype): TensorDataOf[FixedDatatype] {
  const Elements = TYPED_ARRAYS[datatype];
  const { rawData } = proto;
  if (rawData.byteLength === 0) return Reflect.construct(Elements, [FIELDS[datatype](proto)]);
  if (rawData.byteLength % Elements.BYTES_PER_ELEMENT !== 0) {
    throw new Error(`tensor ${proto.name}: expected whole elements of ${datatype}, got ${rawData.byteLength} bytes`);
  }
  // A copy, because the bytes need not be aligned in the file.
  return new Elements(Uint8Array.from(rawData).buffer);
}

type Field = (proto: TensorProto) => readonly number[] | readonly bigint[];

const int32: Field = ({ int32Data }) => int32Data;

/** The field that holds the elements of each datatype. */
const FIELDS: Readonly<Record<Exclude<Datatype, 'BYTES'>, Field>> = {
  BOOL: int32,
  UINT8: int32,
  UINT16: int32,
  INT8: int32,
  INT16: int32,
  INT32: int32,
  FP16: int32,
  INT64: ({ int64Data }) => int64Data,
  UINT32: ({ uint64Data }) => uint64Data.map(Number),
  UINT64: ({ uint64Data }) => uint64Data,
  FP32: ({ floatData }) => floatData,
  FP64: ({ doubleData }) => doubleData,
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
