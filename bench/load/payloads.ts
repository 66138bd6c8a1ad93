/** What a subject is sent for a workload, and how an answer is judged. */
import * as v from 'valibot';
import { closeTo, goldenRows, readGolden } from '../../models/build/golden.ts';
import type { Answer, Payload } from './client.ts';
import { inferPayloads } from './infer-payloads.ts';
import { DEFAULT_MODEL, EMPTY, findWorkload, goldenFile, HEALTH } from './workloads.ts';

/** The arm with one route and no model. */
const FLOOR = 'floor';

const Prediction = v.object({ prediction: v.number() });

/**
 * The requests of a workload; without one those of the default model. The floor has only the default model, whatever is
 * asked for. Throws when there is no such workload.
 */
export function payloads(subject: string, workload: string = DEFAULT_MODEL): readonly [Payload, ...Payload[]] {
  const name = subject === FLOOR ? DEFAULT_MODEL : workload;
  const [first, ...others] = requestsOf(name).map((payload) =>
    remembering(subject === EMPTY ? emptied(payload) : payload),
  );
  if (first === undefined) throw new Error(`workload ${name}: expected at least one golden case, got none`);
  return [first, ...others];
}

const meanBytes = new Map<string, number>();

/** Size of a request's body in bytes, averaged over the requests of a workload. */
export function requestBytes(workload: string): number {
  const known = meanBytes.get(workload);
  if (known !== undefined) return known;
  const sizes = requestsOf(workload).map(({ body }) => (body === null ? 0 : Buffer.byteLength(body)));
  const bytes = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  meanBytes.set(workload, bytes);
  return bytes;
}

function requestsOf(name: string): Payload[] {
  if (name === HEALTH) return [healthPayload()];
  if (name === DEFAULT_MODEL) return defaultPayloads();
  return inferPayloads(findWorkload(name));
}

function healthPayload(): Payload {
  return { method: 'GET', path: '/v2/health/live', headers: {}, body: null, isRight: ({ status }) => status === 200 };
}

function defaultPayloads(): Payload[] {
  const golden = readGolden(goldenFile(DEFAULT_MODEL));
  const { inputs, outputs } = goldenRows(golden);
  return inputs.map((features, row) => ({
    method: 'POST',
    path: '/predict',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ features }),
    isRight: (answer) => isPrediction(answer, outputs[row] ?? Number.NaN),
  }));
}

/** The same request to the empty Worker, whose fixed answer is a prediction of 0. */
function emptied(payload: Payload): Payload {
  return { ...payload, isRight: (answer) => isPrediction(answer, 0) };
}

/** Peers compute in other precisions than ours: 1e-4 is what their answers are held to. */
const TOLERANCE = 1e-4;

function isPrediction({ status, bytes }: Answer, expected: number): boolean {
  if (status !== 200) return false;
  try {
    const parsed = v.safeParse(Prediction, JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success && closeTo(parsed.output.prediction, expected, TOLERANCE);
  } catch {
    return false;
  }
}

/**
 * The payload with a memory of its last right answer: the same bytes again are right without another look. Servers
 * answer one request with the same bytes each time, and judging must not cost what is measured.
 */
function remembering(payload: Payload): Payload {
  let known: Uint8Array | undefined;
  const isRight = (answer: Answer) => {
    if (known !== undefined && answer.status === 200 && Buffer.compare(known, answer.bytes) === 0) return true;
    const right = payload.isRight(answer);
    if (right && answer.status === 200) known = answer.bytes;
    return right;
  };
  return { ...payload, isRight };
}
