/**
 * Holds answers against the schemas of the Open Inference Protocol's own OpenAPI document, which lies beside the project.
 * `OIP_YAML` names another place. Without it nothing is held, and one line says so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { ROOT } from '../../models/build/workers.ts';
import type { Answer, Question } from './ask.ts';

const FILE = process.env.OIP_YAML ?? join(ROOT, '../shared/oip/open_inference_rest.yaml');
const isThere = existsSync(FILE);
if (!isThere)
  process.stderr.write(`contract: answers are not held against the protocol's schemas, there is no file ${FILE}\n`);

/** The document has members that are no part of JSON Schema. */
const ajv = new Ajv({ strict: false });
if (isThere) ajv.addSchema(parse(readFileSync(FILE, 'utf8')), 'oip');

/** The schema of a path's answer; of all others only errors have one. */
const ANSWERS: readonly (readonly [path: RegExp, schema: string])[] = [
  [/^\/v2\/?$/, 'metadata_server_response'],
  [/^\/v2\/models\/[^/]+(\/versions\/[^/]+)?$/, 'metadata_model_response'],
  [/^\/v2\/models\/[^/]+(\/versions\/[^/]+)?\/infer$/, 'inference_response'],
];

/** What of a JSON answer is not as the protocol has it; empty where all is. */
export function violations({ path }: Question, { status, text }: Answer): string {
  const [, schema] = ANSWERS.find(([pattern]) => pattern.test(path)) ?? [];
  const name = status === 200 ? schema : 'metadata_server_error_response';
  if (!isThere || name === undefined) return '';
  const isValid = ajv.validate(`oip#/components/schemas/${name}`, JSON.parse(Buffer.from(text, 'latin1').toString()));
  return isValid ? '' : ajv.errorsText();
}
