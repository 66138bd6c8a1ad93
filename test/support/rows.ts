/** Golden and random rows of the default model. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { generateInputs } from '../../models/build/generate-inputs.ts';
import { Golden, goldenRows, toJsonTensor, toRows } from '../../models/build/golden.ts';
import { ModelCard } from '../../shared/model-card.ts';

const MODEL = new URL('../../models/auto-mpg/', import.meta.url);

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, MODEL), 'utf8'));
}

export const CARD = v.parse(ModelCard, read('card.json'));
export const GOLDEN = goldenRows(v.parse(Golden, read('golden.json')));

/** `count` valid rows within the ranges of the card. */
export function randomRows(count: number, seed: number): number[][] {
  return generateInputs(CARD, count, seed).flatMap((input) => toRows(toJsonTensor(input)));
}

/** The first golden row, and its answer. */
export const ROW = GOLDEN.inputs[0] ?? [];
export const PREDICTION = GOLDEN.outputs[0] ?? Number.NaN;

/** The same row by the names of its features. */
export const NAMED = Object.fromEntries((CARD.inputs[0]?.features ?? []).map(({ name }, i) => [name, ROW[i]]));
