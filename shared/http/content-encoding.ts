/**
 * Compressed bodies, as Triton's clients send them. They are inflated by pako: the platform's own `DecompressionStream`
 * cannot be stopped on workerd, which makes 1 GB of a body of 1 MB before anybody has read the first of it.
 */
import { Inflate } from 'pako';
import { invalid, type PredictError } from '../errors.ts';
import { fail, ok, type Result } from '../result.ts';

/** Names of the codings of RFC 9110 that are read; each format tells itself from the other by its first bytes. */
const CODINGS = new Set(['gzip', 'x-gzip', 'deflate']);

/** What is inflated before its size is looked at: at most a thousand times as much. */
const PIECE_BYTES = 1_024;

/** The content of a body with the header `Content-Encoding: encoding`. Of one over `maxBytes` little more is inflated. */
export function decodeContent(bytes: Uint8Array, encoding: string, maxBytes: number): Result<Uint8Array, PredictError> {
  const coding = encoding.trim().toLowerCase();
  if (coding === '' || coding === 'identity') return ok(bytes);
  if (!CODINGS.has(coding)) return fail({ kind: 'unsupported-encoding', encoding });
  const inflator = new Inflate();
  const keep = inflator.onData.bind(inflator);
  let total = 0;
  inflator.onData = (part) => {
    total += part.byteLength;
    keep(part);
  };
  for (let end = PIECE_BYTES; ; end += PIECE_BYTES) {
    const isLast = end >= bytes.byteLength;
    const isSound = inflator.push(bytes.subarray(end - PIECE_BYTES, end), isLast);
    if (total > maxBytes) return fail({ kind: 'body-too-large', limitBytes: maxBytes, got: 'more once inflated' });
    if (!isSound || inflator.ended !== isLast)
      return invalid('body', `${coding} data`, 'other bytes, or not all of them');
    if (isLast) return ok(inflator.result);
  }
}
