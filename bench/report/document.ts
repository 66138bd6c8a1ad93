/**
 * What a command says, written once: sections of blocks, which the terminal, Markdown and HTML each render. Strings are
 * plain text; a renderer escapes them.
 */

/** A table: the first `words` columns hold words, flush left; the others hold figures. */
export interface Table {
  readonly kind: 'table';
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly words: number;
}

export type Block =
  /** The sentence that a reader came for. */
  | { readonly kind: 'answer'; readonly text: string }
  /** What the figures below show, in one sentence. */
  | { readonly kind: 'finding'; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  /** What must be known of the figures above. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | Table;

export interface Section {
  /** Names the section on a command line, and in an address. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}
