/**
 * Compressed bodies, as Triton's clients send them. They are inflated by pako: the platform's own `DecompressionStream`
 * cannot be stopped on workerd, which makes 1 GB of a body of 1 MB before anybody has read the first of it.
 */
import { Z_FINISH, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit2, zlibInflateReset } from 'pako';
import { invalid, type PredictError } from '../errors.ts';
import { fail, ok, type Result } from '../result.ts';

/** Names of the codings of RFC 9110 that are read; each format tells itself from the other by its first bytes. */
const CODINGS = new Set(['gzip', 'x-gzip', 'deflate']);

/** Window bits of either format: 15, the most there are, and 32 for the look at the first bytes. */
const EITHER_FORMAT = 15 + 32;

/**
 * Where bodies are inflated, one after another, a byte longer than the largest. What a body would allocate for itself stays
 * until the engine next collects, which memory beside its heap does not bring about: 2 MB of each bomb of 16 KB.
 */
let room = new Uint8Array();

/** The content of a body with the header `Content-Encoding: encoding`. Of one over `maxBytes` no more is inflated. */
export function decodeContent(bytes: Uint8Array, encoding: string, maxBytes: number): Result<Uint8Array, PredictError> {
  const coding = encoding.trim().toLowerCase();
  if (coding === '' || coding === 'identity') return ok(bytes);
  if (!CODINGS.has(coding)) return fail({ kind: 'unsupported-encoding', encoding });
  if (room.byteLength <= maxBytes) room = new Uint8Array(maxBytes + 1);
  const stream = new ZStream();
  Object.assign(stream, { input: bytes, avail_in: bytes.byteLength, output: room, avail_out: maxBytes + 1 });
  zlibInflateInit2(stream, EITHER_FORMAT);
  let status = zlibInflate(stream, Z_FINISH);
  // A gzip file may have several members.
  while (status === Z_STREAM_END && stream.avail_in > 0) {
    zlibInflateReset(stream);
    status = zlibInflate(stream, Z_FINISH);
  }
  if (stream.next_out > maxBytes)
    return fail({ kind: 'body-too-large', limitBytes: maxBytes, got: 'more once inflated' });
  if (status !== Z_STREAM_END) return invalid('body', `${coding} data`, 'other bytes, or not all of them');
  return ok(room.slice(0, stream.next_out));
}
