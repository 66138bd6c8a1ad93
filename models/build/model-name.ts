/** Names of models and of their versions: each is a folder under models/ and a segment of URLs. */

import type { ModelCard } from '../../shared/model-card.ts';

const MAX_NAME_CHARS = 64;
const NAME = /^[a-z0-9][a-z0-9._-]*$/;

/** Folders under models/ that are no models, and a segment that Triton's routes have in the place of one. */
const RESERVED = ['build', 'dist', 'stats'];

/** Whether a model can have this name. */
export function isModelName(name: string): boolean {
  return NAME.test(name) && name.length <= MAX_NAME_CHARS && !name.includes('..') && !RESERVED.includes(name);
}

/** The name that a file gives its model: its own without the ending, in small letters. */
export function modelNameOf(file: string): string {
  const name = file.replace(/\.onnx$/i, '');
  return isModelName(name) || !isModelName(nearName(name)) ? name : nearName(name);
}

function nearName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .replace(/-+$/, '');
}

/** Whether it is the number of a version, of 1 or more. */
export function isVersionNumber(text: string): boolean {
  return /^[1-9]\d{0,8}$/.test(text);
}

/** How the build calls a version. No model has an "@" in its own name. */
export function versionName({ name, version }: Pick<ModelCard, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

/** Throws for a name that no model can have, with one near it that is possible. */
export function checkModelName(name: string): void {
  if (isModelName(name)) return;
  const near = nearName(name);
  const suggestion = near !== name && isModelName(near) ? near : 'my-model';
  throw new Error(
    `name: expected a safe URL segment (a to z, 0 to 9, ".", "_", "-", at most ${MAX_NAME_CHARS}, neither ".." nor ` +
      `${RESERVED.join(' nor ')}), got ${JSON.stringify(name.slice(0, 2 * MAX_NAME_CHARS))}; try --name ${suggestion}`,
  );
}
