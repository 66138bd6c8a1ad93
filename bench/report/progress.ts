/** Progress on standard error while something is measured: one line with the time left on a terminal, nothing elsewhere. */

/** Where a program is, and the share of all that is done, 0 to 1. */
export type Step = { readonly phase: string; readonly done: number };
export type Progress = ReturnType<typeof createProgress>;

/** What is written to, and whether it is a terminal. */
export type ProgressStream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

const BAR_CELLS = 16;

/** Below this share the time that is left is a guess. */
const GUESS = 0.02;

/** Timed from now on. */
export function createProgress(stream: ProgressStream) {
  const startMs = performance.now();
  const redraw = (text: string) => {
    const columns = (stream.columns ?? 80) - 1;
    if (stream.isTTY) stream.write(`\r${text.slice(0, columns).padEnd(columns)}\r`);
  };
  return {
    show: ({ phase, done }: Step) => {
      const leftS = Math.round(((performance.now() - startMs) * (1 - done)) / done / 1000);
      const left = done < GUESS ? '' : leftS < 90 ? ` ${leftS} s left` : ` ${Math.round(leftS / 60)} min left`;
      const bar = '#'.repeat(Math.round(done * BAR_CELLS)).padEnd(BAR_CELLS, '.');
      redraw(`[${bar}]${left} | ${phase}`);
    },
    end: () => redraw(''),
  };
}
