/**
 * Right requests that were damaged: cut, with bits flipped, with values, members, sizes, headers, paths and methods that
 * nobody means. Left out is what the platform refuses before any Worker sees it: a Host that is none, a path of bytes that
 * are not ASCII, a method that HTTP does not know.
 */
import fc from 'fast-check';
import { HEADER_LENGTH } from '../../shared/http/binary-body.ts';
import type { Question } from './ask.ts';
import { compressed, RIGHT } from './right-requests.ts';

/** Lists of words in one line each. */
const words = (text: string) => text.split(' ');

/** JSON values where others belong, as texts; some are no JSON, or none that a double holds. */
const VALUES: readonly string[] = [
  ...words(`null true 0 -0 -1 7 0.5 1e308 1e309 -1e999 1e-999 4294967296 9007199254740993 ${'9'.repeat(5_000)}`),
  ...words("NaN -Infinity undefined 01 0x1 'a' [ ] { , /**/ [] {} [[]] [null]"),
  ...words('"" "a" "X" "FP32" "BYTES" "INT64" "FP16" "\\ud800" "\\u0000" "__proto__" "constructor" "toString"'),
  ...words('{"__proto__":{"data":[1]}} {"constructor":{"prototype":1}} {"length":8} {"valueOf":1,"toString":2}'),
  ...words('{"binary_data_size":32} {"binary_data_size":4294967296} {"binary_data":true}'),
  '['.repeat(50_000),
  `${'['.repeat(20_000)}1${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
];

const MEMBERS = words(
  'features instances inputs outputs name shape datatype data parameters id __proto__ constructor prototype toJSON length ',
);

const HEADERS = words('content-encoding accept-encoding content-type accept origin x-request-id');
const HEADER_VALUES = [
  ...words(`0 -1 1e3 0x10 +5 5.0 é * a,b gzip GZIP x-gzip br identity deflate;q=0 null __proto__ constructor `),
  ...['5, 5', 'gzip, gzip', '9'.repeat(400), 'a'.repeat(4_000)],
];

const METHODS = words('GET HEAD POST PUT DELETE PATCH OPTIONS PROPFIND');

const PATH_PARTS = [
  ...words('v1 v2 models auto-mpg digits versions labels 1 infer predict health ready config stats auto-mpg:predict'),
  ...words(
    ':predict __proto__ constructor . .. %2e%2e %2f %5c %00 % %zz %c0%af %ed%a0%80 %c3%a9 * : ? ?a=% # & ; \' " ',
  ),
  ...['a'.repeat(3_000), '%41'.repeat(2_000)],
];

/** Small bodies that are 16 MiB inflated. */
const BOMBS = (['gzip', 'deflate'] as const).map((coding) =>
  compressed({ path: '', body: Buffer.alloc(2 ** 24, '[') }, coding),
);

/** What a damage is made of; each takes its own. `place` is any number, `by` a small one. */
const drawn = fc.record({
  place: fc.nat(1_000_000),
  by: fc.integer({ min: -9, max: 9 }),
  value: fc.constantFrom(...VALUES),
  member: fc.constantFrom(...MEMBERS),
  header: fc.constantFrom(...HEADERS),
  headerValue: fc.oneof(fc.constantFrom(...HEADER_VALUES), fc.string({ unit: 'grapheme-ascii', maxLength: 9 })),
  bytes: fc.uint8Array({ maxLength: 9 }),
  bomb: fc.constantFrom(...BOMBS),
  method: fc.constantFrom(...METHODS),
  path: fc.array(fc.constantFrom(...PATH_PARTS), { maxLength: 7 }).map((parts) => `/${parts.join('/')}`),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

type Damage = (question: Question, drawn: Drawn) => Question;

/** Damages the body at `place` of it. */
function bytesAt(change: (bytes: Buffer, at: number, drawn: Drawn) => Uint8Array): Damage {
  return (question, drawn) => {
    const bytes = Buffer.from(question.body ?? '');
    return { ...question, body: change(bytes, drawn.place % (bytes.length + 1), drawn) };
  };
}

/** Damages one match of `pattern` in the JSON, whose length is told where binary tensors follow it. */
function jsonAt(pattern: RegExp, change: (match: string, drawn: Drawn) => string): Damage {
  return ({ body = '', headers = {}, ...rest }, drawn) => {
    const bytes = Buffer.from(body);
    const told = headers[HEADER_LENGTH];
    const length = told === undefined ? bytes.length : Number(told);
    const text = bytes.toString('utf8', 0, length);
    const matches = [...text.matchAll(pattern)];
    const match = matches[drawn.place % matches.length];
    if (match === undefined) return { ...rest, headers, body };
    const after = text.slice(match.index + match[0].length);
    const damaged = Buffer.from(text.slice(0, match.index) + change(match[0], drawn) + after);
    const length_ = told === undefined ? {} : { [HEADER_LENGTH]: String(damaged.length) };
    return { ...rest, headers: { ...headers, ...length_ }, body: Buffer.concat([damaged, bytes.subarray(length)]) };
  };
}

const DAMAGES: readonly Damage[] = [
  jsonAt(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/g, (_, { value }) => value),
  jsonAt(/\{/g, (_, { member, value }) => `{${JSON.stringify(member)}:${value},`),
  jsonAt(/\b\d+\b/g, (number, { by }) => String(Number(number) + by)),
  bytesAt((bytes, at, { place }) => {
    const byte = bytes[at];
    if (byte !== undefined) bytes[at] = byte ^ (1 << (place & 7));
    return bytes;
  }),
  bytesAt((bytes, at, { bytes: more }) => Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])),
  bytesAt((bytes, at) => bytes.subarray(0, at)),
  bytesAt((bytes, at) => bytes.subarray(at)),
  ({ headers = {}, body = '', ...rest }, { by }) => {
    const length = String(Number(headers[HEADER_LENGTH] ?? body.length) + by);
    return { ...rest, body, headers: { ...headers, [HEADER_LENGTH]: length } };
  },
  (question, { headerValue }) => ({ ...question, headers: { ...question.headers, [HEADER_LENGTH]: headerValue } }),
  (question, { header, headerValue }) => ({ ...question, headers: { ...question.headers, [header]: headerValue } }),
  (question, { place }) => compressed(question, place % 2 === 0 ? 'gzip' : 'deflate'),
  ({ path }, { bomb }) => ({ ...bomb, path }),
  (question, { method }) => ({ ...question, method }),
  (question, { path }) => ({ ...question, path }),
];

/** A right request with one to three damages. */
export const hostile: fc.Arbitrary<Question> = fc
  .tuple(
    fc.constantFrom(...RIGHT),
    fc.array(fc.tuple(fc.constantFrom(...DAMAGES), drawn), { minLength: 1, maxLength: 3 }),
  )
  .map(([right, damages]) => damages.reduce((question, [damage, drawn]) => damage(question, drawn), right));
