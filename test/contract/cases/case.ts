/** What a case of the contract is, and how its errors name the default model's input. */
import type { Question } from '../../support/ask.ts';

export interface Case {
  readonly title: string;
  readonly question: Question;
  readonly status: number;
  /** The answer's JSON, or for errors the text of `error`. */
  readonly answer: unknown;
}

/** What is said where a body may lack the header that gives the length of its JSON. */
export const LENGTH_HINT =
  'where binary tensors follow the JSON, the header Inference-Header-Content-Length gives its bytes';

export const INPUT = 'model "auto-mpg", input "X"';
