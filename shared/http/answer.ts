/** Answers as JSON, compressed ones, and the one place where a `PredictError` becomes a response. */
import { type PredictError, toHttp } from '../errors.ts';

/** Of every answer: a browser takes it for what it says it is, whatever its bytes look like. */
export const ANSWER_HEADERS = { 'X-Content-Type-Options': 'nosniff' } as const;

const JSON_HEADERS = { 'Content-Type': 'application/json', ...ANSWER_HEADERS } as const;

/** Less is not worth the work, nor a look at what the client takes. */
const MIN_COMPRESSED_LENGTH = 1_024;

/** A 200 with `value` as JSON; as `encodedAnswer` where there is a request to look at. */
export function jsonAnswer(value: unknown, request?: Request): Response {
  return encodedAnswer(JSON.stringify(value), JSON_HEADERS, request);
}

/**
 * A 200 with `body`, compressed for a request that takes gzip or deflate alone, as one of Triton's client that wishes so.
 * For a client that takes several the platform decides, as browsers and HTTP libraries say so of any request.
 */
export function encodedAnswer(
  body: string | Uint8Array<ArrayBuffer>,
  headers: HeadersInit,
  request?: Request,
): Response {
  const accepted = body.length < MIN_COMPRESSED_LENGTH ? null : request?.headers.get('Accept-Encoding');
  if (accepted !== 'gzip' && accepted !== 'deflate') return new Response(body, { headers });
  const encoded = new Headers(headers);
  encoded.set('Content-Encoding', accepted);
  // workerd would compress the body once more.
  const init = { headers: encoded, encodeBody: 'manual' } as const;
  return new Response(new Blob([body]).stream().pipeThrough(new CompressionStream(accepted)), init);
}

/** The response for an error: its status, and `{"error": text}`. */
export function errorAnswer(error: PredictError): Response {
  const { status, message, headers } = toHttp(error);
  const body = JSON.stringify({ error: message });
  return new Response(body, { status, headers: { ...headers, ...JSON_HEADERS } });
}
