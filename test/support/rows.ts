/** Golden and random rows of the default model. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { Golden } from '../../models/build/golden.ts';
import { generateRows } from '../../models/build/make-golden.ts';
import { ModelCard } from '../../shared/model-card.ts';

const MODEL = new URL('../../models/auto-mpg/', import.meta.url);

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, MODEL), 'utf8'));
}

export const CARD = v.parse(ModelCard, read('card.json'));
export const GOLDEN = v.parse(Golden, read('golden.json'));

/** `count` valid rows within the ranges of the card. */
export function randomRows(count: number, seed: number): number[][] {
  return generateRows(CARD, count, seed);
}

/** The first golden row, and its answer. */
export const ROW = GOLDEN.inputs[0] ?? [];
export const PREDICTION = GOLDEN.outputs[0] ?? Number.NaN;
