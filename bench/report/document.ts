/**
 * What a command says, written once: sections of blocks, which the terminal, Markdown and HTML each render. Strings are
 * plain text, with code between backticks; a renderer escapes them.
 */

/** A table: the first `words` columns hold words, flush left; the others hold figures. The first column names the row. */
export interface Table {
  readonly kind: 'table';
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly words: number;
}

/** A column of a table: its title, and its cell in the row of an item. */
export type Column<T> = readonly [title: string, cell: (item: T) => string];

/** A table with a row an item. */
export function tableOf<T>(items: readonly T[], words: number, columns: readonly Column<T>[]): Table {
  const rows = items.map((item) => columns.map(([, cell]) => cell(item)));
  return { kind: 'table', head: columns.map(([title]) => title), rows, words };
}

export type Block =
  /** Sentences; `answer` is the one that a reader came for, `note` what must be known of the figures above. */
  | { readonly kind: 'answer' | 'heading' | 'text' | 'note'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | Table;

/** Figures of one kind, which HTML draws where there are pictures; then it folds the table away. */
export interface Section {
  /** Names the section on a command line, and in an address. */
  readonly id: string;
  readonly title: string;
  /** How the figures came to be. */
  readonly lead: string;
  /** What the pictures show, in one sentence. */
  readonly finding?: string;
  /** One that fills the page, or several small ones side by side. */
  readonly pictures?: readonly Picture[];
  /** What must be known to read the pictures. */
  readonly reading?: string;
  readonly table: Table;
  readonly notes?: readonly string[];
}

/** What text has of a section: there is nothing to draw on. */
export function blocksOf({ lead, table, notes = [] }: Section): Block[] {
  const told = notes.map((text): Block => ({ kind: 'note', text }));
  return [{ kind: 'text', text: lead }, ...(table.rows.length === 0 ? [] : [table]), ...told];
}

/** A picture is data and its marks; how a subject looks and where things go is the renderer's. */
export type Picture = Chart | Rows;

export interface Axis {
  readonly label: string;
  /** A logarithmic one; linear otherwise. */
  readonly isLog?: boolean;
  /** What is at its ends; all data where that is left out, and 0 on a linear axis. */
  readonly ends?: readonly [number, number];
  readonly ticks?: readonly number[];
  readonly format?: (value: number) => string;
}

/** Lines and points over two axes of numbers. */
export interface Chart {
  readonly kind: 'chart';
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /** A y that must not be passed. */
  readonly limit?: number | null;
  /** Stretches of x in the background. */
  readonly shaded?: readonly (readonly [number, number])[];
  /** Names of values of x, above the frame. */
  readonly names?: readonly { readonly x: number; readonly text: string }[];
}

/** What belongs to one subject in a chart. */
export interface Line {
  readonly subject: string;
  /** x and y; a y that is not finite breaks the line. */
  readonly path?: readonly (readonly [number, number])[];
  readonly shape?: 'steps' | 'faint';
  /** `ends` are those of an interval of y. */
  readonly points?: readonly { x: number; y: number; ends?: readonly [number, number] | null; isHollow?: boolean }[];
}

/** One row a subject over one axis of numbers. */
export interface Rows {
  readonly kind: 'rows';
  readonly x: Axis;
  /** Where there is no difference. */
  readonly origin?: number;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly subject: string;
  /** Its figures, in words. */
  readonly text: string;
  /** Parts of a bar from left to right. */
  readonly bar?: readonly number[];
  /** A value and its interval. */
  readonly point?: number;
  readonly ends?: readonly [number, number] | null;
}
