/**
 * Progress on standard error while something is measured: one line that is redrawn on a terminal; elsewhere JSON, one
 * object a line, for programs that watch.
 */

/** Where a program is. What it does not know is left out. */
export interface Step {
  readonly phase: string;
  /** Share that is done, 0 to 1. */
  readonly done: number;
  readonly start?: number;
  readonly starts?: number;
  readonly round?: number;
  readonly rounds?: number;
  /** The window measured last, in milliseconds. */
  readonly latest?: { readonly subject: string; readonly p50Ms: number; readonly p99Ms: number };
  /** What the values so far say of the main question. */
  readonly headline?: string;
}

export interface Progress {
  show(step: Step): void;
  end(): void;
}

/** What is written to, and whether it is a terminal. */
export type ProgressStream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

const BAR_CELLS = 16;
const DEFAULT_COLUMNS = 100;

/** Below this share the time that is left is a guess. */
const GUESS = 0.02;

/** How often a line of JSON is written at the most, in milliseconds. */
const LINE_EVERY_MS = 1000;

/** Progress of the program of that name, timed from now on. */
export function createProgress(program: string, stream: ProgressStream): Progress {
  const startMs = performance.now();
  let lastMs = Number.NEGATIVE_INFINITY;
  const leftS = (done: number) =>
    done < GUESS ? null : Math.round(((performance.now() - startMs) * (1 - done)) / done / 1000);
  const columns = () => (stream.columns ?? DEFAULT_COLUMNS) - 1;
  const redraw = (text: string) => stream.write(`\r${text.slice(0, columns()).padEnd(columns())}`);
  return {
    show: (step) => {
      if (stream.isTTY) return void redraw(lineOf(step, leftS(step.done)));
      if (performance.now() - lastMs < LINE_EVERY_MS) return;
      lastMs = performance.now();
      stream.write(`${JSON.stringify({ program, ...step, done: round(step.done), leftS: leftS(step.done) })}\n`);
    },
    end: () => {
      if (stream.isTTY) stream.write(`\r${' '.repeat(columns())}\r`);
    },
  };
}

function lineOf(step: Step, leftS: number | null): string {
  const { phase, done, start, starts, round, rounds, latest, headline } = step;
  const parts = [
    `[${'#'.repeat(Math.round(done * BAR_CELLS)).padEnd(BAR_CELLS, '.')}]${leftS === null ? '' : ` ${leftS} s left`}`,
    starts === undefined
      ? phase
      : `start ${start}/${starts}${rounds === undefined ? '' : ` round ${round}/${rounds}`} ${phase}`,
    latest === undefined ? [] : `${latest.subject} p50 ${latest.p50Ms.toFixed(2)} p99 ${latest.p99Ms.toFixed(2)} ms`,
    headline ?? [],
  ];
  return parts.flat().join(' | ');
}

function round(share: number): number {
  return Math.round(share * 1000) / 1000;
}
