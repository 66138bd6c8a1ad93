/**
 * Versions of one model. Each has a card of its own; a request names one by its number or by a label of its card, and
 * where it names none the first one answers.
 */
import type { PredictError } from './errors.ts';
import type { ModelCard } from './model-card.ts';
import type { InferRequest } from './predictor.ts';

/** Whether `version`, a number or a label, is the card's; every card's where there is none. */
export function isVersion({ version, labels }: ModelCard, wanted: string | undefined): boolean {
  return wanted === undefined || wanted === version || (labels?.includes(wanted) ?? false);
}

/** The error of a request for a version that none of the model's is; it names the numbers and the labels that there are. */
export function unknownVersion(
  { model, version = '' }: Pick<InferRequest, 'model' | 'version'>,
  versions: readonly { readonly card: ModelCard }[],
): PredictError {
  const labels = versions.flatMap(({ card }) => card.labels ?? []);
  return { kind: 'unknown-version', model, version, known: [...versions.map(({ card }) => card.version), ...labels] };
}
