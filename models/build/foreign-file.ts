/** Says what a file is that is no whole ONNX file, as far as its first bytes tell. */

interface Beginning {
  readonly magic: string;
  /** Where the magic stands, in bytes. */
  readonly at?: number;
  readonly got: string;
}

/** How files begin that people take for ONNX files. */
const BEGINNINGS: readonly Beginning[] = [
  {
    magic: 'version https://git-lfs',
    got: 'a Git LFS pointer in place of the file; fetch the file itself with `git lfs pull`',
  },
  {
    magic: 'PK\x03\x04',
    got: "a zip archive, as PyTorch's .pt and Keras's .keras are; export the model to ONNX first",
  },
  { magic: '\x80', got: 'a Python pickle, as joblib writes it; convert the model with skl2onnx first' },
  { magic: '\x89HDF', got: 'an HDF5 file, as Keras writes it; convert the model to ONNX first' },
  { magic: 'TFL3', at: 4, got: 'a TensorFlow Lite model; convert it to ONNX first' },
  { magic: 'ORTM', at: 4, got: 'a model in the ORT format; give the .onnx file that it was made from' },
  { magic: '<', got: 'an HTML or XML text, perhaps the page of a failed download; fetch the file again' },
  { magic: '{', got: 'a JSON text; export the model to ONNX first' },
];

/** An ONNX file begins with its IR version: protobuf field 1, a small number. */
const ONNX_TAG = 0x08;
const ONNX_MAX_IR_VERSION = 31;

/** The refusal of bytes that are not a whole ONNX file: what was expected, what was got, what to do. */
export function notOnnx(bytes: Uint8Array): string {
  const [tag, version] = bytes;
  if (tag === undefined) return 'expected an ONNX file, got an empty one; export or copy the model again';
  if (tag === ONNX_TAG && (version ?? 0) <= ONNX_MAX_IR_VERSION) {
    return `expected a whole ONNX file, got ${bytes.length} bytes of one that is cut short or damaged; export or copy the model again`;
  }
  const text = (from: number, length: number) => Buffer.from(bytes.subarray(from, from + length)).toString('latin1');
  const known = BEGINNINGS.find(({ magic, at = 0 }) => text(at, magic.length) === magic);
  return `expected an ONNX file, got ${known?.got ?? 'other data; export the model to ONNX and give that file'}`;
}
