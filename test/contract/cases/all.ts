/** Requests and their exact answers, the same from every deployment. */
import type { Case } from './case.ts';
import { INFER_CASES } from './infer.ts';
import { PREDICT_CASES } from './predict.ts';
import { ROUTE_CASES } from './routes.ts';

export const CASES: readonly Case[] = [...PREDICT_CASES, ...INFER_CASES, ...ROUTE_CASES];
