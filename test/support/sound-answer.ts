/** What an answer must be, whatever was asked. */
import { gunzipSync, inflateSync } from 'node:zlib';
import type { Answer, Question } from './ask.ts';

/** Statuses of errors that are the client's, in shared/errors.ts. */
const REFUSALS: readonly number[] = [400, 404, 405, 406, 413, 415];

/** What would tell of the inside: a stack, a place in a file, an engine's own words. */
const INTERNALS =
  /\n\s*at |:\d+:\d+|\.[jt]s\b|node:|\bwasm|[A-Z]\w*Error\b|is not (?:a function|defined|iterable)|Cannot (?:read|convert)|Unexpected token|undefined \(|\[object|[Ii]nvalid array length|\/(?:home|tmp|work|usr)\//;

/** What is wrong with an answer; undefined where nothing is. */
export function faultOf({ method }: Question, answer: Answer): string | undefined {
  const { status, headers } = answer;
  const type = headers['content-type'] ?? '';
  if (status !== 200 && !REFUSALS.includes(status)) return `status ${status}: ${answer.text.slice(0, 200)}`;
  if (headers['x-content-type-options'] !== 'nosniff') return `status ${status} without nosniff`;
  if (method === 'HEAD') return answer.text === '' ? undefined : 'a body for HEAD';
  if (status === 200 && type !== 'application/json') return undefined;
  const text = textOf(answer);
  if (type !== 'application/json') return `status ${status}: type ${type}`;
  if (status === 200) return parse(text) === undefined ? `no JSON: ${text.slice(0, 200)}` : undefined;
  return isError(parse(text)) && !INTERNALS.test(text) ? undefined : `status ${status}: ${text.slice(0, 500)}`;
}

/** The text of an answer, inflated. */
export function textOf({ text, headers }: Answer): string {
  const bytes = Buffer.from(text, 'latin1');
  switch (headers['content-encoding']) {
    case 'gzip':
      return gunzipSync(bytes).toString();
    case 'deflate':
      return inflateSync(bytes).toString();
    default:
      return bytes.toString();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false;
  return Object.keys(value).length === 1 && typeof value.error === 'string' && value.error !== '';
}
