/** Waits for the first right answer of an arm or target: only then does it count as started. */
import { payloads } from '../load/payloads.ts';

const TIMEOUT_MS = 30_000;

/** Rejects when `subject`, at `url`, gives a wrong answer or none in 30 s. Asks the default model if none is named. */
export async function firstRightAnswer(subject: string, url: URL, model?: string): Promise<void> {
  const [{ path, method, headers, body, isRight }] = payloads(subject, model);
  const request = { method, headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) };
  const response = await fetch(new URL(path, url), request).catch((cause: unknown) => {
    throw new Error(`${subject}: expected an answer from ${url.origin}, got none`, { cause });
  });
  const bytes = await response.bytes();
  if (isRight({ status: response.status, headerLength: null, bytes })) return;
  const text = new TextDecoder().decode(bytes).slice(0, 200);
  throw new Error(`${subject}: expected a right first answer, got ${response.status} ${text}`);
}
