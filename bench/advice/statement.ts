/** A sentence of the advice, with what it stands on. */

/** Read off the run, computed from it and the situation, or more than the run can tell. */
export type Certainty = 'measured' | 'derived' | 'not supported by the data';

export interface Statement {
  readonly text: string;
  readonly certainty: Certainty;
}

export function measured(text: string): Statement {
  return { text, certainty: 'measured' };
}

export function derived(text: string): Statement {
  return { text, certainty: 'derived' };
}

export function unsupported(text: string): Statement {
  return { text, certainty: 'not supported by the data' };
}
