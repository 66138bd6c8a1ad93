/**
 * The model card: what a model is, in the words of whoever made it. The build checks every card against this schema
 * and so does the gateway, which knows models only by the cards that its predictor sends.
 */
import * as v from 'valibot';
import { DATATYPES } from './tensor.ts';

/** A year. */
const MAX_CACHE_SECONDS = 31_536_000;

/** Datatypes of the Open Inference Protocol v2. */
const Datatype = v.picklist(DATATYPES);

/** A dimension: its size, or -1 where it varies. */
const Dimension = v.pipe(v.number(), v.integer(), v.minValue(-1));

/** One column of a tabular input: its name, unit, the range that the training data covers, and its resolution. */
const Feature = v.looseObject({
  name: v.string(),
  unit: v.string(),
  min: v.number(),
  max: v.number(),
  step: v.pipe(v.number(), v.gtValue(0)),
});

/**
 * `missing: 'nan'` marks an input whose absent values are NaN; every other input refuses them. `min`, `max` and `step`
 * are the range of all elements, where `features` do not state one for each column.
 */
const TensorSpec = v.looseObject({
  name: v.string(),
  datatype: Datatype,
  shape: v.array(Dimension),
  features: v.optional(v.array(Feature)),
  missing: v.optional(v.literal('nan')),
  min: v.optional(v.number()),
  max: v.optional(v.number()),
  step: v.optional(v.pipe(v.number(), v.gtValue(0))),
});

/**
 * How long the edge may give an answer again: fresh for `seconds`, and for `staleSeconds` more while the predictor fails.
 * Answers are kept for each API key apart, where it is not `public`.
 */
const CachePolicy = v.strictObject({
  seconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_CACHE_SECONDS)),
  staleSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_CACHE_SECONDS))),
  public: v.optional(v.boolean()),
});

/** A name that a version is asked for by, as `stable` or `canary`; no number. */
export const Label = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_-]{0,63}$/));

/**
 * A card. `version` is the protocol's model version, `labels` are its other names, `default` marks the model behind `POST /predict`, `maxRows`
 * lowers the server's limit of rows in one request. `nonFinite: 'null'` lets NaN and infinities of an answer be null in
 * JSON. `cache` lets answers be given again. `calibrationSeconds` is how long the build may run the model to see what it needs of the runtime. Members that this schema does not name pass through untouched.
 */
export const ModelCard = v.looseObject({
  name: v.string(),
  version: v.string(),
  labels: v.optional(v.array(Label)),
  platform: v.string(),
  task: v.string(),
  default: v.optional(v.boolean()),
  maxRows: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  nonFinite: v.optional(v.literal('null')),
  calibrationSeconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(240))),
  cache: v.optional(CachePolicy),
  inputs: v.array(TensorSpec),
  outputs: v.array(TensorSpec),
  primaryOutput: v.string(),
});

export type CachePolicy = v.InferOutput<typeof CachePolicy>;
export type TensorSpec = v.InferOutput<typeof TensorSpec>;
export type ModelCard = v.InferOutput<typeof ModelCard>;
