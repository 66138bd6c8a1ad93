/** One `wrangler deploy`, and what it says of it in the file that wrangler writes for programs. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { wranglerAtTerminal } from '../models/build/bundle.ts';
import { configFile, type WorkerName } from '../models/build/workers.ts';

/** A Worker that was uploaded and answers from now on. */
export interface Upload {
  readonly worker: WorkerName;
  /** Its name at Cloudflare. */
  readonly name: string;
  readonly version: string;
  /** Whether no Worker of that name was there before. */
  readonly isFirst: boolean;
  /** Its workers.dev address; undefined for a private Worker, and where its configuration has routes instead. */
  readonly url: string | undefined;
}

/** A line of that file: https://developers.cloudflare.com/workers/wrangler/system-environment-variables/ */
const Deployed = v.object({
  type: v.literal('deploy'),
  worker_name: v.string(),
  /** Null where there was no such Worker. */
  worker_tag: v.nullable(v.string()),
  version_id: v.string(),
  targets: v.optional(v.array(v.string()), []),
});

/** Uploads the build's `worker`; `args` are wrangler's own. Answers its exit code where nothing was uploaded. */
export function upload(worker: WorkerName, root: string, args: readonly string[]): Upload | number {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-deploy-'));
  const file = join(folder, 'deployed.ndjson');
  try {
    const env = { WRANGLER_OUTPUT_FILE_PATH: file };
    const status = wranglerAtTerminal(['deploy', '--config', configFile(worker, root), ...args], root, { env });
    const deployed = status === 0 && existsSync(file) ? readDeployed(readFileSync(file, 'utf8')) : undefined;
    // A question of wrangler's that is answered with no ends it without a failure.
    if (deployed === undefined) return status ?? 1;
    const { worker_name: name, worker_tag: tag, version_id: version, targets } = deployed;
    const url = targets.find((target) => target.startsWith('https://'));
    return { worker, name, version, isFirst: tag === null, url };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readDeployed(text: string): v.InferOutput<typeof Deployed> | undefined {
  const lines = text.split('\n').map((line) => v.safeParse(v.pipe(v.string(), v.parseJson(), Deployed), line));
  return lines.find((line) => line.success)?.output;
}
