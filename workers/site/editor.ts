/** A way to give a model its input, and the one that fits a model best. */
import { tableOf } from '../../shared/http/rows.ts';
import type { Tensor } from '../../shared/tensor.ts';
import type { Model } from './model.ts';
import { createPicture, isPicture } from './picture.ts';
import { createTableForm } from './table-form.ts';
import { createTensorEditor } from './tensor-editor.ts';

export interface Editor {
  readonly element: HTMLElement;
  /** The inputs as they stand. Throws an error that says in words what is wrong with them. */
  read(): readonly Tensor[];
  /** What is shown below the answer, and drawn anew after each. */
  readonly below?: { readonly element: HTMLElement; readonly draw: (infer: Infer) => Promise<void> };
}

/** Runs the model. */
export type Infer = (inputs: readonly Tensor[]) => Promise<Outputs>;
export type Outputs = Readonly<Record<string, Omit<Tensor, 'name'>>>;

export interface EditorOptions {
  readonly model: Model;
  readonly example: readonly Tensor[];
  readonly changed: () => void;
}

/** Most columns of a form. */
const MAX_FIELDS = 64;

export function createEditor(options: EditorOptions): Editor {
  const table = tableOf(options.model);
  if (table.ok && table.value.width <= MAX_FIELDS) return createTableForm(options, table.value);
  return isPicture(options.model) ? createPicture(options) : createTensorEditor(options);
}
