import { expect, it } from 'vitest';
import { createProgress, type ProgressStream } from '../../bench/report/progress.ts';

/** A stream that keeps what is written to it. */
function stream(isTTY: boolean): ProgressStream & { readonly written: string[] } {
  const written: string[] = [];
  return { isTTY, columns: 160, written, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
}

const STEP = { phase: 'single-stream of combined', done: 0.25 } as const;

it('redraws one line on a terminal, with where it is and the time left', () => {
  const terminal = stream(true);
  const progress = createProgress(terminal);
  progress.show(STEP);
  progress.end();
  const [line = ''] = terminal.written;
  expect(line).toMatch(/^\r\[####\.{12}\] \d+ s left \| single-stream of combined *\r$/);
  expect(terminal.written.map((text) => text.replaceAll('\r', '').length)).toEqual([159, 159]);
});

it('guesses no time before anything is done', () => {
  const terminal = stream(true);
  createProgress(terminal).show({ phase: 'starting', done: 0 });
  expect(terminal.written[0]).toMatch(/^\r\[\.{16}\] \| starting *\r$/);
});

it('is quiet elsewhere', () => {
  const pipe = stream(false);
  const progress = createProgress(pipe);
  for (let i = 0; i < 100; i++) progress.show(STEP);
  progress.end();
  expect(pipe.written).toEqual([]);
});
