/** Requests that are refused before their body is read: a connection closed on a client that still sends hides the answer. */
import type { PredictError } from '../errors.ts';
import { errorAnswer } from './answer.ts';

/** What is read of such a body; of a longer or slower one the connection may go. */
const MAX_DRAIN_BYTES = 8 * 2 ** 20;
const MAX_DRAIN_MS = 1_000;

/** The response for an error, once the client has sent its body or gone away. */
export async function refuseUnread(request: Request, error: PredictError): Promise<Response> {
  await drain(request.body).catch(() => undefined);
  return errorAnswer(error);
}

/** Reads a body and keeps nothing of it. Resolves at its end or at a bound; rejects where the transfer breaks off. */
export async function drain(stream: ReadableStream<Uint8Array> | null): Promise<void> {
  if (stream === null) return;
  const reader = stream.getReader();
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, MAX_DRAIN_MS));
  for (let left = MAX_DRAIN_BYTES; left > 0; ) {
    const next = await Promise.race([reader.read(), late]);
    if (next === undefined || next.done) return;
    left -= next.value.byteLength;
  }
}
