/**
 * The envelopes of request bodies: unknown JSON comes in, a typed request or an error goes out. The numbers inside are
 * not walked here; `rows.ts` and `tensor-data.ts` check each while copying it. An optional member that is null is absent:
 * clients whose messages are classes write all their members.
 */
import * as v from 'valibot';
import { describe, invalid, type PredictError } from '../errors.ts';
import { ok, type Result } from '../result.ts';

/** `POST /predict`: one row, as a list or by name, or several rows. TensorFlow Serving's signatures are one here. */
export const PredictBody = v.object({
  features: v.optional(v.unknown()),
  instances: v.optional(v.unknown()),
  signature_name: v.nullish(v.literal('serving_default')),
});
export type PredictBody = v.InferOutput<typeof PredictBody>;

/** What other servers of the protocol take, and which would change the answer. */
const Unserved = v.nullish(v.never());

const Size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const InputTensor = v.object({
  name: v.string(),
  datatype: v.string(),
  shape: v.array(Size),
  parameters: v.nullish(v.object({ binary_data_size: v.nullish(Size), shared_memory_region: Unserved })),
  data: v.optional(v.unknown()),
});
export type InputTensor = v.InferOutput<typeof InputTensor>;

const RequestedOutput = v.object({
  name: v.string(),
  parameters: v.nullish(
    v.object({ binary_data: v.nullish(v.boolean()), classification: Unserved, shared_memory_region: Unserved }),
  ),
});

/** `POST /v2/models/{model}/infer`, of the Open Inference Protocol v2 with its binary tensor data extension. */
export const InferBody = v.object({
  id: v.nullish(v.string()),
  parameters: v.nullish(v.object({ binary_data_output: v.nullish(v.boolean()) })),
  inputs: v.array(InputTensor),
  outputs: v.nullish(v.array(RequestedOutput)),
});
export type InferBody = v.InferOutput<typeof InferBody>;

/** Holds `value` against `schema`; the error names the first member that does not fit. */
export function parseBody<T>(schema: v.GenericSchema<unknown, T>, value: unknown): Result<T, PredictError> {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  return invalid(path === null ? 'body' : `body, ${path}`, expectation(issue), describe(issue.input));
}

/** Valibot's short names of what it expects, in plain words; a member that is missing is named in quotes there. */
function expectation({ expected, input }: v.BaseIssue<unknown>): string {
  if (expected?.startsWith('"')) return input === undefined ? 'a value' : expected;
  switch (expected) {
    case 'Object':
      return 'a JSON object';
    case 'never':
      return 'no such member, as this server does not serve it';
    case 'Array':
      return 'an array';
    case '>=0':
      return 'a number of 0 or more';
    case null:
      return 'a whole number that a double holds exactly';
    default:
      return `a ${expected}`;
  }
}
