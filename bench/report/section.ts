/** A section of the written reports: one table with what must be said of it. Terminal and Markdown render the same ones. */

export interface Section {
  /** Names the section on a command line. */
  readonly id: string;
  readonly title: string;
  /** What the figures are; empty where the header says it all. */
  readonly lead: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Leading columns that hold words, flush left; the others hold figures. */
  readonly words: number;
  /** Sentences below the table. */
  readonly notes: readonly string[];
}
