/** Progress on standard error: one line that is redrawn on a terminal, a line for each tenth elsewhere. */

export interface ProgressLine {
  show(phase: string, done: number): void;
  end(): void;
}

const BAR_CELLS = 24;
const LINE_COLUMNS = 100;

/** Progress of the program of that name, timed from now on. */
export function createProgress(program: string, stream: NodeJS.WriteStream): ProgressLine {
  const startMs = performance.now();
  let tenth = -1;
  const remaining = (done: number) => {
    const elapsed = performance.now() - startMs;
    return done < 0.02 ? '' : `, ${Math.round((elapsed * (1 - done)) / done / 1000)} s left`;
  };
  return {
    show: (phase, done) => {
      if (stream.isTTY) {
        const cells = Math.round(done * BAR_CELLS);
        const line = `[${'#'.repeat(cells).padEnd(BAR_CELLS, '.')}] ${phase}${remaining(done)}`;
        stream.write(`\r${line.slice(0, LINE_COLUMNS).padEnd(LINE_COLUMNS)}`);
      } else if (Math.floor(done * 10) > tenth) {
        tenth = Math.floor(done * 10);
        stream.write(`${program}: ${Math.round(done * 100)}%, ${phase}${remaining(done)}\n`);
      }
    },
    end: () => {
      if (stream.isTTY) stream.write(`\r${' '.repeat(LINE_COLUMNS)}\r`);
    },
  };
}
