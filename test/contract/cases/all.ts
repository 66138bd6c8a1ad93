/** Requests and their exact answers, the same from every deployment. */
import type { Case } from './case.ts';
import { ENCODING_CASES } from './encoding.ts';
import { INFER_CASES } from './infer.ts';
import { PREDICT_CASES } from './predict.ts';
import { ROUTE_CASES } from './routes.ts';

export const CASES: readonly Case[] = [...PREDICT_CASES, ...INFER_CASES, ...ENCODING_CASES, ...ROUTE_CASES];
