/** `bench report [RUN] [--verbose]`: computes everything anew from the records of a run, writes its reports, prints the answer. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCommandLine } from '../../models/build/command-line.ts';
import { answerOf } from '../advice/answer.ts';
import { adviceSection } from '../advice/section.ts';
import { makeResults } from '../analysis/make-results.ts';
import type { Results } from '../analysis/results.ts';
import { REPORT } from '../manual.ts';
import { renderHtml } from '../report/html/page.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { renderText } from '../report/report.ts';
import { readTimeSeries } from '../report/sections/latency.ts';
import { blocksText, NARROW } from '../report/terminal.ts';
import { openRun, RESULTS_FOLDER, shortPath } from '../run/run-folder.ts';

export async function report(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseCommandLine(REPORT, args);
  const [folder = join(RESULTS_FOLDER, 'latest')] = positionals;
  const { environment, records } = openRun(folder);
  const text = JSON.stringify(await makeResults({ environment, records: records() }), rounded, 1);
  // What is told is what the file has.
  const results: Results = JSON.parse(text);
  const opening = answerOf(results);
  const series = await readTimeSeries(records());
  writeWhole(join(folder, 'results.json'), `${text}\n`);
  writeWhole(join(folder, 'report.md'), `${renderMarkdown(results, opening)}\n`);
  writeWhole(join(folder, 'report.html'), renderHtml({ results, opening, advice: adviceSection(results), series }));
  const isAnswered = results.grid === null && (results.comparisons.length > 0 || results.incomplete !== null);
  const isShort = values.verbose !== true && isAnswered;
  const shown = isShort ? `\n${blocksText(opening, NARROW)}\n\n` : renderText(results);
  process.stdout.write(`${shown}Report: ${shortPath(join(folder, 'report.html'))}\n`);
  return 0;
}

/** Half a file is none: what the disk does not take is taken away. */
function writeWhole(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    rmSync(file, { force: true });
    throw cause;
  }
}

/** Six digits of a measured figure: more are noise. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
