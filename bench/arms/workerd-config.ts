/**
 * Configurations of workerd's own, made from bundles and wrangler configurations: a bare process with nothing of
 * Miniflare's in it, for what is measured of a start.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unstable_readConfig } from 'wrangler';
import { modulesOf, type WorkerStart } from '../../models/build/start-workers.ts';
import { bundleFolder, configFile } from '../../models/build/workers.ts';

/** Cap'n Proto member of a module, by type: https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
const MODULE_MEMBERS = { ESModule: 'esModule', CompiledWasm: 'wasm', Data: 'data' } as const;

/**
 * Writes the configuration of one process into `folder`, with a copy of every bundle, and returns its file. The first
 * Worker answers at a free port of the loopback interface.
 */
export function writeWorkerdConfig(workers: readonly WorkerStart[], folder: string): string {
  const services = workers.map((worker) => service(worker, folder));
  const [first] = services;
  if (first === undefined) throw new Error('expected at least one Worker to start, got none');
  const file = join(folder, 'workerd.capnp');
  writeFileSync(
    file,
    [
      'using Workerd = import "/workerd/workerd.capnp";',
      'const config :Workerd.Config = (',
      `  services = ${list(services.map(({ name, worker }) => `(name = ${text(name)}, worker = ${worker})`))},`,
      `  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = ${text(first.name)})],`,
      ');',
      '',
    ].join('\n'),
  );
  return file;
}

function service(start: WorkerStart, folder: string): { name: string; worker: string } {
  const { worker, root, vars = {} } = start;
  const config = unstable_readConfig({ config: configFile(worker, root) });
  const name = config.name ?? worker;
  const services: readonly { binding: string; service: string }[] = config.services ?? [];
  const variables = Object.entries({ ...config.vars, ...vars });
  const bindings = [
    ...variables.map(([key, value]) => `(name = ${text(key)}, text = ${text(String(value))})`),
    ...services.map(({ binding, service }) => `(name = ${text(binding)}, service = ${text(service)})`),
  ];
  const members = [
    `compatibilityDate = ${text(config.compatibility_date ?? '')}`,
    `compatibilityFlags = ${list(config.compatibility_flags.map(text))}`,
    `modules = ${list(copyModules(bundleFolder(worker, root), folder, name))}`,
    `bindings = ${list(bindings)}`,
  ];
  return { name, worker: `(${members.join(', ')})` };
}

function copyModules(bundle: string, folder: string, name: string): string[] {
  mkdirSync(join(folder, name), { recursive: true });
  return modulesOf(bundle).map(({ file, type }) => {
    copyFileSync(join(bundle, file), join(folder, name, file));
    return `(name = ${text(file)}, ${MODULE_MEMBERS[type]} = embed ${text(`${name}/${file}`)})`;
  });
}

function list(items: readonly string[]): string {
  return `[${items.join(', ')}]`;
}

/** A text literal. Cap'n Proto's escapes are those of C, which JSON's are as well, but for Unicode's. */
function text(value: string): string {
  return JSON.stringify(value);
}
