/**
 * Answers in the isolate's memory, bounded in bytes: where there is no room, those that nobody has asked for the longest go
 * first. They are copies that nobody else holds, and whoever is handed one only reads it.
 */
import type { InferResponse } from '../predictor.ts';
import { createTensor, type Tensor } from '../tensor.ts';

/** An answer, and when it was given. */
export interface StoredAnswer {
  readonly answer: InferResponse;
  readonly atMs: number;
}

export interface AnswerStore {
  get(key: string): StoredAnswer | undefined;
  /** Whether it is kept: one that would take more than a part of the room is not. */
  put(key: string, answer: InferResponse, atMs: number): boolean;
  /** Whether the inputs leave room for an answer, so that a key is worth making. */
  takes(inputs: readonly Tensor[]): boolean;
  /** All that is stored, in bytes. */
  bytes(): number;
}

/** An entry without its elements, of a few small objects, in bytes. */
const ENTRY_BYTES = 576;
const TENSOR_BYTES = 256;
const TEXT_BYTES = 32;
/** A character takes one or two. */
const CHARACTER_BYTES = 2;

/** The most of the room that one entry may take: a large one would drive out many. */
const LARGEST_SHARE = 1 / 16;

export function createAnswerStore(maxBytes: number): AnswerStore {
  /** In the order in which they were asked for. */
  const kept = new Map<string, StoredAnswer & { readonly bytes: number }>();
  const largest = maxBytes * LARGEST_SHARE;
  let total = 0;

  const remove = (key: string) => {
    total -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };

  return {
    get: (key) => {
      const entry = kept.get(key);
      if (entry === undefined) return undefined;
      kept.delete(key);
      kept.set(key, entry);
      return entry;
    },
    put: (key, answer, atMs) => {
      remove(key);
      const bytes = ENTRY_BYTES + CHARACTER_BYTES * key.length + tensorBytes(answer.outputs);
      if (bytes > largest) return false;
      for (const oldest of kept.keys()) {
        if (total + bytes <= maxBytes) break;
        remove(oldest);
      }
      kept.set(key, { answer: copyOf(answer), atMs, bytes });
      total += bytes;
      return true;
    },
    takes: (inputs) => CHARACTER_BYTES * tensorBytes(inputs) <= largest,
    bytes: () => total,
  };
}

function tensorBytes(tensors: readonly Tensor[]): number {
  return tensors.reduce(
    (sum, { data }) => sum + TENSOR_BYTES + ('byteLength' in data ? data.byteLength : textBytes(data)),
    0,
  );
}

function textBytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + TEXT_BYTES + CHARACTER_BYTES * text.length, 0);
}

/** Without who has answered, as it will not be who answers. */
function copyOf({ version, revision, outputs }: InferResponse): InferResponse {
  const copies = outputs.map(({ name, datatype, shape, data }) =>
    createTensor(name, datatype, [...shape], data.slice()),
  );
  return { version, revision, outputs: copies };
}
