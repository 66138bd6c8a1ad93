/**
 * `npm run models -- replay`: sends kept requests to two deployments, or to two versions in one, and tells where their
 * answers differ: what to look at before one takes the place of the other.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { toHttp } from '../../shared/errors.ts';
import { parseJson } from '../../shared/http/body.ts';
import { parseExactJson } from '../../shared/http/exact-json.ts';
import type { InferResponse } from '../../shared/predictor.ts';
import { compareAnswers, type Difference, SAME } from '../../shared/release/difference.ts';
import { readError, readInferAnswer } from '../../shared/remote/v2-answers.ts';
import { modelPath } from '../../shared/remote/v2-requests.ts';
import { UsageError } from './command-line.ts';
import { orThrow } from './examples.ts';

/** A server of the Open Inference Protocol v2, and the version or label to ask it for in place of the request's own. */
export interface Side {
  readonly url: string;
  readonly version: string | undefined;
}

/** A request of a file: the body of an inference, with the names that it has in the protocol's gRPC form. */
const Kept = v.looseObject({
  model_name: v.optional(v.string()),
  model_version: v.optional(v.string()),
  inputs: v.array(v.unknown()),
});
export type Kept = v.InferOutput<typeof Kept>;

/** What became of request `at`, counted from 1; `isError` says that both sides refused it. */
export interface Replayed extends Difference {
  readonly at: number;
  readonly isError: boolean;
}

/**
 * The requests of a file: one a line, or a JSON array of them as `examples.json` is. Throws, with the place, for what is
 * none, and where no model is named by a request nor by `model`.
 */
export function readKept(file: string, model: string | undefined): Kept[] {
  const text = readFileSync(file, 'utf8');
  const lines = text.trimStart().startsWith('[') ? [text] : text.split('\n').filter((line) => line.trim() !== '');
  const parsed = lines.flatMap((line, i) => {
    const json = parseJson(line, parseExactJson);
    if (json.ok) return json.value;
    throw new Error(`${file}: request ${i + 1}: ${toHttp(json.error).message}`);
  });
  if (parsed.length === 0) throw new Error(`${file}: expected at least one request, got none`);
  return parsed.map((value, i) => {
    const kept = v.safeParse(Kept, value);
    if (!kept.success) throw new Error(`${file}: request ${i + 1}: expected an object with inputs, got another value`);
    const name = model ?? kept.output.model_name;
    if (name !== undefined) return { ...kept.output, model_name: name };
    throw new UsageError(`${file}: request ${i + 1}: expected model_name in it, or --model NAME, got neither`);
  });
}

/** Sends each request to both sides, one after another. Rejects when a side cannot be reached. */
export async function replay(requests: readonly Kept[], sides: readonly [Side, Side]): Promise<Replayed[]> {
  const replayed: Replayed[] = [];
  for (const [i, request] of requests.entries()) {
    const [a, b] = await Promise.all([ask(sides[0], request), ask(sides[1], request)]);
    replayed.push({ at: i + 1, isError: typeof a === 'string' && typeof b === 'string', ...compare(a, b) });
  }
  return replayed;
}

/** Longest wait for an answer, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** Outputs as bytes, which carry every element as it is; an error as its text. */
async function ask({ url, version }: Side, { model_name = '', model_version, ...body }: Kept) {
  const parameters = { ...(v.is(v.looseObject({}), body.parameters) ? body.parameters : {}), binary_data_output: true };
  const path = `${url.replace(/\/+$/, '')}${modelPath(model_name, version ?? model_version)}/infer`;
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...body, parameters }, (_, value) =>
      typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value,
    ),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new Error(`${path}: expected an answer, got none: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  });
  if (response.ok) return orThrow(await readInferAnswer(response));
  return `${response.status} ${toHttp((await readError(response)).error).message}`;
}

type Answer = InferResponse | string;

function compare(a: Answer, b: Answer): Difference {
  if (typeof a === 'string' || typeof b === 'string') {
    if (a === b) return SAME;
    const [one, other] = [a, b].map((answer) => (typeof answer === 'string' ? answer : 'an answer'));
    return { difference: Number.POSITIVE_INFINITY, text: `${one} against ${other}` };
  }
  return compareAnswers(a, b);
}

/** Most differences that are shown, the largest first. */
const SHOWN = 10;

/** A line of counts, and the largest differences above `tolerance`. */
export function printReplayed(replayed: readonly Replayed[], tolerance: number): string {
  const differing = replayed.filter(({ difference }) => difference > tolerance);
  const shown = differing.toSorted((a, b) => b.difference - a.difference).slice(0, SHOWN);
  const lines = shown.map(({ at, difference, text }) => {
    return `  request ${at}: ${text}${Number.isFinite(difference) ? ` (relative ${difference.toPrecision(2)})` : ''}\n`;
  });
  const more = differing.length > shown.length ? `  and ${differing.length - shown.length} more\n` : '';
  const within = tolerance === 0 ? 'alike' : `alike within ${tolerance}`;
  const refused = replayed.filter(({ isError }) => isError).length;
  const errors = refused === 0 ? '' : ` (${refused} refused by both)`;
  const alike = replayed.length - differing.length;
  return `${replayed.length} request(s): ${alike} answered ${within}, ${differing.length} not${errors}\n${lines.join('')}${more}`;
}
