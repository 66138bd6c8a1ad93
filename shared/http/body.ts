/** Reads a request body within a limit, and parses JSON from it. Content-Type is never looked at. */
import { invalid, type PredictError, quote } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { PLATFORM_CLOCK } from '../resilience/clock.ts';
import { LATE, within } from '../resilience/deadline.ts';
import { fail, ok, type Result } from '../result.ts';
import { HEADER_LENGTH } from './binary-body.ts';
import { drain } from './unread-body.ts';

const CONTENT_ENCODING = 'Content-Encoding';

/** The client went away or broke the transfer's own rules; there is nothing of ours in it to log. */
const BROKEN_OFF = invalid('body', 'all of it', 'a transfer that broke off');

/** Without the header a binary body is taken for JSON, and with a wrong one it is cut at the wrong place. */
const LENGTH_HINT = `where binary tensors follow the JSON, the header ${HEADER_LENGTH} gives its bytes`;

const NOT_UTF8 = invalid('body', 'JSON', `bytes that are not UTF-8; ${LENGTH_HINT}`);

/** The bounds of a body. */
export type BodyLimits = Pick<Limits, 'maxBodyBytes' | 'bodyTimeoutMs'>;

/**
 * The body's bytes, inflated where they are compressed, or an error when they are over the limit, of which no more are
 * kept, end before they should, or take too long.
 */
export async function readBody(request: Request, limits: BodyLimits): Promise<Result<Uint8Array, PredictError>> {
  try {
    const body = await readWithin(request, limits);
    const encoding = request.headers.get(CONTENT_ENCODING);
    if (!body.ok || encoding === null) return body;
    // Only now: what inflates would take some milliseconds of every isolate's start.
    const { decodeContent } = await import('./content-encoding.ts');
    return decodeContent(body.value, encoding, limits.maxBodyBytes);
  } catch {
    return BROKEN_OFF;
  }
}

async function readWithin(
  request: Request,
  { maxBodyBytes: maxBytes, bodyTimeoutMs }: BodyLimits,
): Promise<Result<Uint8Array, PredictError>> {
  const declared = request.headers.get('Content-Length');
  if (declared !== null && Number(declared) > maxBytes) {
    await drain(request.body);
    return tooLarge(maxBytes, `${declared} bytes`);
  }
  if (bodyTimeoutMs !== undefined) return readInTime(request.body, maxBytes, bodyTimeoutMs);
  if (declared === null) return readStream(request.body, maxBytes);
  return ok(new Uint8Array(await request.arrayBuffer()));
}

/** As `readStream`, but with a timer, which costs every request. A body that is late is given up, with its connection. */
async function readInTime(stream: ReadableStream<Uint8Array> | null, maxBytes: number, limitMs: number) {
  const reader = stream?.getReader();
  const abort = () => void reader?.cancel().catch(() => undefined);
  const body = await within({ clock: PLATFORM_CLOCK, limitMs, abort }, () => readStream(stream, maxBytes, reader));
  return body === LATE ? fail<PredictError>({ kind: 'slow-body', limitMs }) : body;
}

async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  reader = stream?.getReader(),
): Promise<Result<Uint8Array, PredictError>> {
  const chunks: Uint8Array[] = [];
  let total = 0;
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

/** What stands in a text for bytes that are not UTF-8, or for itself. */
const REPLACEMENT = '\uFFFD';

/**
 * The body as text, under the same limit. On workerd it takes 5 to 10 us of CPU less than bytes and a decoder. The platform
 * replaces what is not UTF-8, which shows in the length. What is as long as its replacement passes: a character of four
 * bytes that lacks the last one, and behind a byte order mark what the replacement makes three bytes longer.
 */
export async function readText(
  request: Request,
  limits: BodyLimits,
): Promise<Result<string | Uint8Array, PredictError>> {
  const declared = Number(request.headers.get('Content-Length') ?? Number.NaN);
  const isPlain = declared <= limits.maxBodyBytes && limits.bodyTimeoutMs === undefined;
  if (!isPlain || request.headers.has(CONTENT_ENCODING)) return readBody(request, limits);
  try {
    const text = await request.text();
    return text.includes(REPLACEMENT) && isReplaced(text, declared) ? NOT_UTF8 : ok(text);
  } catch {
    return BROKEN_OFF;
  }
}

/** A byte order mark is three bytes that are no part of the text. */
function isReplaced(text: string, bytes: number): boolean {
  const { byteLength } = new TextEncoder().encode(text);
  return byteLength !== bytes && byteLength !== bytes - 3;
}

/** The JSON value in a text, or in bytes that are UTF-8; `parse` is `JSON.parse` or one that throws as that does. */
export function parseJson(
  body: string | Uint8Array,
  parse: (text: string) => unknown = JSON.parse,
): Result<unknown, PredictError> {
  let text = '';
  try {
    text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body);
    return ok(parse(text));
  } catch (cause) {
    // A parser that visits every value visits it recursively.
    if (cause instanceof RangeError) return invalid('body', 'JSON of some levels', 'JSON nested too deep');
    return cause instanceof SyntaxError ? invalid('body', 'JSON', textGot(text, parse)) : NOT_UTF8;
  }
}

/** What Python's `json` and others write for numbers that JSON does not have. */
const NON_FINITE = /(?<=[[:,\s])(?:NaN|-?Infinity)\b/;
const EXCERPT_BEFORE = 20;

/** Binary data carry it to the same inputs alone. */
const NAN_HINT = 'null stands for it in an input whose card has "missing": "nan"; other inputs take none';

function textGot(text: string, parse: (text: string) => unknown): string {
  if (text === '') return 'nothing';
  const found = NON_FINITE.exec(text);
  if (found === null || !isJson(text.replaceAll(new RegExp(NON_FINITE, 'g'), 'null'), parse)) {
    return `text that is not JSON: ${quote(text)}${text.includes('"binary_data_size"') ? `; ${LENGTH_HINT}` : ''}`;
  }
  const [token] = found;
  const around = quote(text.slice(Math.max(0, found.index - EXCERPT_BEFORE)));
  const remedy = token === 'NaN' ? NAN_HINT : `only binary data carry ${token}`;
  return `${token}, which is no JSON, at character ${found.index}: ${around}; ${remedy}`;
}

function isJson(text: string, parse: (text: string) => unknown): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function tooLarge(limitBytes: number, got: string) {
  return fail({ kind: 'body-too-large', limitBytes, got } as const);
}
