import { expect, it } from 'vitest';
import { createProgress, type ProgressStream } from '../../bench/report/progress.ts';

/** A stream that keeps what is written to it. */
function stream(isTTY: boolean): ProgressStream & { readonly written: string[] } {
  const written: string[] = [];
  return { isTTY, columns: 160, written, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
}

const STEP = { phase: 'single-stream of combined', done: 0.25, start: 2, starts: 5, round: 1, rounds: 3 } as const;

it('redraws one line on a terminal, with where it is and what was found so far', () => {
  const terminal = stream(true);
  const progress = createProgress('bench', terminal);
  const latest = { subject: 'combined', p50Ms: 0.512, p99Ms: 2 };
  progress.show({ ...STEP, latest, headline: 'pair-rpc/combined p50 1.22 (1.12..1.34)' });
  progress.end();
  const [line = ''] = terminal.written;
  expect(line).toMatch(
    /^\r\[####\.{12}\] \d+ s left \| start 2\/5 round 1\/3 single-stream of combined \| combined p50 0\.51 p99 2\.00 ms \| pair-rpc\/combined p50 1\.22/,
  );
  expect(terminal.written.map((text) => text.replaceAll('\r', '').length)).toEqual([159, 159]);
});

it('writes JSON elsewhere, one object a line and not one for every step', () => {
  const pipe = stream(false);
  const progress = createProgress('bench', pipe);
  for (let i = 0; i < 100; i++) progress.show(STEP);
  progress.end();
  expect(pipe.written).toHaveLength(1);
  expect(JSON.parse(pipe.written[0] ?? '')).toMatchObject({ program: 'bench', ...STEP });
});
