/** What a case of the contract is, and how its errors name the default model's input. */
import type { Question } from '../../support/ask.ts';

export interface Case {
  readonly title: string;
  readonly question: Question;
  readonly status: number;
  /** The answer's JSON, or for errors the text of `error`. */
  readonly answer: unknown;
}

export const INPUT = 'model "auto-mpg", input "X"';
