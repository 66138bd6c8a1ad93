/** Waits for an arm's first right answer: only then does it count as started. */
import { payloads } from '../load/payloads.ts';
import type { ArmName } from './arms.ts';

const TIMEOUT_MS = 30_000;

/** Rejects when the arm gives a wrong answer or none in 30 s. */
export async function firstRightAnswer(arm: ArmName, url: URL): Promise<void> {
  const [payload] = payloads(arm);
  const response = await fetch(new URL(payload.path, url), {
    method: 'POST',
    body: payload.body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (!payload.isRight(response.status, text)) {
    throw new Error(`${arm}: expected a right first answer, got ${response.status} ${text.slice(0, 200)}`);
  }
}
