/** Answers as JSON, and the one place where a `PredictError` becomes a response. */
import { type PredictError, toHttp } from '../errors.ts';

/** A 200 with `value` as JSON. */
export function jsonAnswer(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: { 'Content-Type': 'application/json' } });
}

/** The response for an error: its status, and `{"error": text}`. */
export function errorAnswer(error: PredictError): Response {
  const { status, message, headers } = toHttp(error);
  const body = JSON.stringify({ error: message });
  return new Response(body, { status, headers: { ...headers, 'Content-Type': 'application/json' } });
}
