/** Reads Prometheus' text format and holds it to its rules: https://prometheus.io/docs/instrumenting/exposition_formats/ */

const SAMPLE = /^([a-zA-Z_:][\w:]*)\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (\d+(?:\.\d+)?(?:e-?\d+)?)$/;

/** Values by name and labels, as they are written. Throws where the text breaks a rule. */
export function readMetrics(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  if (!text.endsWith('\n')) throw new Error('expected a line feed at the end');
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, family = '', about = ''] = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line) ?? [];
    if (kind === 'TYPE' && types.has(family)) throw new Error(`${family}: expected one TYPE`);
    if (kind === 'TYPE') types.set(family, about);
    if (kind !== undefined) continue;
    const [, name = '', labels = '', value] = SAMPLE.exec(line) ?? [];
    if (value === undefined) throw new Error(`expected a sample, got ${JSON.stringify(line)}`);
    const key = `${name}{${labels}}`;
    if (samples.has(key)) throw new Error(`${key}: expected it once`);
    samples.set(key, Number(value));
    const last = [...types.keys()].at(-1) ?? '';
    const isOfLast =
      name === last || (types.get(last) === 'histogram' && name.replace(/_(bucket|sum|count)$/, '') === last);
    if (!isOfLast) throw new Error(`${key}: expected it below its TYPE`);
  }
  checkBuckets(samples);
  return samples;
}

/** The sum of a name's samples whose labels are among others these. */
export function sumOf(
  samples: ReadonlyMap<string, number>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
) {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const chosen = [...samples].filter(
    ([key]) => key.startsWith(`${name}{`) && wanted.every((part) => key.includes(part)),
  );
  return chosen.reduce((total, [, value]) => total + value, 0);
}

/** Buckets rise, and the last of them is the count. */
function checkBuckets(samples: ReadonlyMap<string, number>): void {
  let before = 0;
  for (const [key, value] of samples) {
    const [, name, labels, bound] = /^(\w+)_bucket\{(.*?),?le="([^"]+)"\}$/.exec(key) ?? [];
    if (bound === undefined) continue;
    if (value < before) throw new Error(`${key}: expected at least ${before}, got ${value}`);
    before = bound === '+Inf' ? 0 : value;
    const count = samples.get(`${name}_count{${labels}}`);
    if (bound === '+Inf' && value !== count) throw new Error(`${key}: expected the count, ${count}, got ${value}`);
  }
}
