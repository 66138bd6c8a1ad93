/**
 * The production predictor as another release would be: under another name, with another revision and version of auto-mpg,
 * whose outputs, over RPC and as binary tensors, are larger by a known amount.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleFolder, configFile, ROOT, readConfig } from '../../models/build/workers.ts';

/** Root of a build whose predictor it is, and its name for services. */
export interface Release {
  readonly root: string;
  readonly service: string;
}

/** A predictor Worker of other code, under a name of its own. */
export function workerBuild(service: string, source: string): Release {
  const root = mkdtempSync(join(tmpdir(), 'tandem-release-'));
  const config = configFile('predictor', root);
  const folder = bundleFolder('predictor', root);
  for (const path of [dirname(config), folder]) mkdirSync(path, { recursive: true });
  const text = readFileSync(configFile('predictor', ROOT), 'utf8');
  writeFileSync(config, text.replace(readConfig('predictor').name, service));
  writeFileSync(join(folder, 'index.js'), source);
  return { root, service };
}

export function releaseBuild(version: string, more: number): Release {
  const release = workerBuild(
    `tandem-predictor-${version}`,
    `import Predictor from './release.js';
export * from './release.js';
const more = (data) => data.map((x) => x + ${more});
export default class extends Predictor {
  async infer(request) {
    const answer = await super.infer(request);
    if (!answer.ok || request.model !== 'auto-mpg') return answer;
    const outputs = answer.value.outputs.map((output) => ({ ...output, data: more(output.data) }));
    return { ok: true, value: { ...answer.value, outputs } };
  }
  async fetch(request) {
    const answer = await super.fetch(request);
    const start = Number(answer.headers.get('Inference-Header-Content-Length'));
    if (start === 0 || !request.url.includes('auto-mpg')) return answer;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    bytes.set(new Uint8Array(more(new Float32Array(bytes.slice(start).buffer)).buffer), start);
    return new Response(bytes, answer);
  }
}
`,
  );
  const [from, to] = [bundleFolder('predictor', ROOT), bundleFolder('predictor', release.root)];
  const bundle = readFileSync(join(from, 'index.js'), 'utf8');
  const other = bundle
    .replace(/revision:"([0-9a-f]{16})"/, `revision:"${version}"`)
    .replace('name:"auto-mpg",version:"1"', `name:"auto-mpg",version:"${version}"`);
  writeFileSync(join(to, 'release.js'), other);
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith('index.js') });
  return release;
}
