/** Reads a request body within a limit, and parses JSON from it. Content-Type is never looked at. */
import { invalid, type PredictError, quote } from '../errors.ts';
import { fail, ok, type Result } from '../result.ts';

/** The body's bytes, or an error when they are over `maxBytes`, of which no more are kept, or end before they should. */
export async function readBody(request: Request, maxBytes: number): Promise<Result<Uint8Array, PredictError>> {
  try {
    return await readWithin(request, maxBytes);
  } catch {
    // The client went away or broke the transfer's own rules; there is nothing of ours in it to log.
    return invalid('body', 'all of it', 'a transfer that broke off');
  }
}

async function readWithin(request: Request, maxBytes: number): Promise<Result<Uint8Array, PredictError>> {
  const declared = request.headers.get('Content-Length');
  if (declared === null) return readStream(request.body, maxBytes);
  if (Number(declared) > maxBytes) {
    await drain(request.body);
    return tooLarge(maxBytes, `${declared} bytes`);
  }
  return ok(new Uint8Array(await request.arrayBuffer()));
}

async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Result<Uint8Array, PredictError>> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const reader = stream?.getReader();
  for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
    total += next.value.byteLength;
    if (total > maxBytes) {
      reader?.releaseLock();
      await drain(stream);
      return tooLarge(maxBytes, 'more');
    }
    chunks.push(next.value);
  }
  const body = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return ok(body);
}

/** What is read of a body that is refused: a connection closed on a client that is still sending hides the answer. */
const MAX_DRAIN_BYTES = 8 * 2 ** 20;
const MAX_DRAIN_MS = 1_000;

async function drain(stream: ReadableStream<Uint8Array> | null): Promise<void> {
  const reader = stream?.getReader();
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, MAX_DRAIN_MS));
  for (let left = MAX_DRAIN_BYTES; left > 0; ) {
    const next = await Promise.race([reader?.read(), late]);
    if (next === undefined || next.done) return;
    left -= next.value.byteLength;
  }
}

/** The JSON value in `bytes`, which are UTF-8; `parse` is `JSON.parse` or one that throws as that does. */
export function parseJson(
  bytes: Uint8Array,
  parse: (text: string) => unknown = JSON.parse,
): Result<unknown, PredictError> {
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
    return ok(parse(text));
  } catch (cause) {
    // A parser that visits every value visits it recursively.
    if (cause instanceof RangeError) return invalid('body', 'JSON of some levels', 'JSON nested too deep');
    const got = cause instanceof SyntaxError ? textGot(text) : 'bytes that are not UTF-8';
    return invalid('body', 'JSON', got);
  }
}

function textGot(text: string): string {
  return text === '' ? 'nothing' : `text that is not JSON: ${quote(text)}`;
}

function tooLarge(limitBytes: number, got: string) {
  return fail({ kind: 'body-too-large', limitBytes, got } as const);
}
