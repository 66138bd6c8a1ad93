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

/** Figures with a picture of them. Text has the table; HTML draws the pictures and folds the table away. */
export interface Figure {
  readonly kind: 'figure';
  /** What the pictures show, in one sentence. */
  readonly finding: string;
  /** One that fills the page, or several small ones side by side. */
  readonly pictures: readonly Picture[];
  /** What must be known to read the pictures. */
  readonly note: string;
  readonly table: Table;
  /** Whether HTML shows the table unfolded. */
  readonly isOpen?: boolean;
}

/** What must be known of the figures above. */
export interface Note {
  readonly kind: 'note';
  readonly text: string;
}

export function notesOf(texts: Iterable<string>): Note[] {
  return Array.from(texts, (text) => ({ kind: 'note', text }));
}

export type Block =
  /** The sentence that a reader came for. */
  | { readonly kind: 'answer'; readonly text: string }
  /** What the figures below show, in one sentence. */
  | { readonly kind: 'finding'; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | Note
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | Table
  | Figure;

export interface Section {
  /** Names the section on a command line, and in an address. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
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
  /** Tells it from the others of a figure. */
  readonly title?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /** A level that must not be passed. */
  readonly limit?: { readonly y: number; readonly text: string };
  /** Stretches of x in the background. */
  readonly shaded?: readonly (readonly [number, number])[];
  /** Names of values of x, above the frame where there is room. */
  readonly names?: readonly { readonly x: number; readonly text: string }[];
}

/** What belongs to one subject in a chart. */
export interface Line {
  readonly subject: string;
  /** x and y; a y that is not finite breaks the line. */
  readonly path?: readonly (readonly [number, number])[];
  readonly shape?: 'steps' | 'faint';
  readonly points?: readonly Point[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of an interval of y. */
  readonly ends?: readonly [number, number] | null;
  readonly isHollow?: boolean;
}

/** One row a subject over one axis of numbers, under headings where there are several kinds of rows. */
export interface Rows {
  readonly kind: 'rows';
  readonly title?: string;
  readonly x: Axis;
  /** Where there is no difference. */
  readonly origin?: number;
  readonly rows: readonly (Row | { readonly heading: string })[];
}

export interface Row {
  readonly subject: string;
  /** Its figures, in words. */
  readonly text: string;
  /** Parts of a bar from left to right. */
  readonly bar?: readonly number[];
  readonly interval?: readonly [number, number] | null;
  readonly point?: number;
  /** Single values, hollow. */
  readonly values?: readonly number[];
}
