/**
 * What a request brings along for whoever follows it through several services: an id and the W3C trace context. What is
 * not as it should be is dropped, as anybody can write these headers.
 */

/** Headers, by name, that go on to a predictor unchanged. */
export type Carried = Readonly<Record<string, string>>;

export const REQUEST_ID = 'X-Request-Id';

const ID = /^[\w.:=+/-]{1,128}$/;

/** Version, trace, parent, flags; later versions may have more. https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^(?!ff|00.{54})[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[\w-]{1,200})?$/;

/** https://www.w3.org/TR/trace-context/#tracestate-header */
const MEMBER = /^[a-z\d][a-z\d_*/@-]{0,255}=[ -+\--<>-~]{1,256}$/;
const MAX_TRACESTATE = 512;
const MAX_MEMBERS = 32;

/** The id is the client's, or Cloudflare's, or a new one. No span is made here, so that the trace goes on as it came. */
export function readCarried(headers: Headers): Carried {
  const given = [REQUEST_ID, 'CF-Ray'].map((name) => headers.get(name) ?? '').find((id) => ID.test(id));
  const carried = { [REQUEST_ID]: given ?? crypto.randomUUID() };
  const traceparent = headers.get('traceparent') ?? '';
  if (!TRACEPARENT.test(traceparent)) return carried;
  const tracestate = headers.get('tracestate') ?? '';
  return { ...carried, traceparent, ...(isState(tracestate) ? { tracestate } : {}) };
}

/** The 32 digits that every service logs of one trace. */
export function traceOf({ traceparent }: Carried): string | undefined {
  return traceparent?.split('-')[1];
}

function isState(text: string): boolean {
  const members = text.split(',').map((member) => member.trim());
  const isWithin = text.length <= MAX_TRACESTATE && members.length <= MAX_MEMBERS;
  return isWithin && members.some(Boolean) && members.every((member) => member === '' || MEMBER.test(member));
}
