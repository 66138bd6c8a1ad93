/** The labels of a model's versions. Each stands in the card of one version; a request may name it in place of a number. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { Label } from '../../shared/model-card.ts';
import type { ModelFolder } from './model-folder.ts';
import { findVersions, pickVersion } from './model-list.ts';

export interface LabelOptions {
  /** The folder of all models. */
  readonly models: string;
  readonly name: string;
  readonly label: string;
  /** The version that gets it, by number or another label; without one the label is only taken away. */
  readonly version: string | undefined;
}

/** Gives a label to a version, and takes it from the one that had it. Throws when there is no such model, version or label. */
export function moveLabel({ models, name, label, version }: LabelOptions): void {
  if (!v.is(Label, label)) {
    const expected = 'a small letter, and then letters, digits, "_" or "-", 64 characters at most';
    throw new Error(`label: expected ${expected}, got ${JSON.stringify(label)}`);
  }
  const versions = findVersions(models, name);
  const next = pickVersion(versions, version ?? label);
  // First taken away: the build refuses two versions with one label.
  for (const other of versions) {
    if (other.card.labels?.includes(label)) setLabels(models, other, without(other, label));
  }
  if (version !== undefined) setLabels(models, next, [...without(next, label), label]);
}

function without({ card: { labels = [] } }: ModelFolder, label: string): string[] {
  return labels.filter((other) => other !== label);
}

/** Rewrites a card, its other members and their order as they were, in one rename. */
function setLabels(models: string, { onnx }: ModelFolder, labels: readonly string[]): void {
  const file = join(dirname(onnx), 'card.json');
  const card = v.parse(v.record(v.string(), v.unknown()), JSON.parse(readFileSync(file, 'utf8')));
  const members = Object.entries(card).flatMap(([key, value]) => {
    if (key === 'labels') return [];
    return key === 'version' && labels.length > 0
      ? [
          [key, value],
          ['labels', labels],
        ]
      : [[key, value]];
  });
  const written = join(models, 'dist', `labelling-${randomUUID()}`);
  mkdirSync(dirname(written), { recursive: true });
  writeFileSync(written, `${JSON.stringify(Object.fromEntries(members), null, 2)}\n`);
  renameSync(written, file);
}
