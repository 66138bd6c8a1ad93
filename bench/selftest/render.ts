/** The self-test as text of at most 100 columns. */
import type { SelftestLine } from './line.ts';

const COLUMNS = 100;
const OUTCOME_COLUMNS = 9;
const LABEL_COLUMNS = 10;

/** Every line with what was expected and got, and how many were right. */
export function renderSelftest(lines: readonly SelftestLine[]): string {
  const count = (outcome: SelftestLine['outcome']) => lines.filter((line) => line.outcome === outcome).length;
  const total = `${count('ok')} ok, ${count('FAILED')} failed, ${count('skipped')} skipped`;
  return `${[...lines.flatMap(renderLine), total].join('\n')}\n`;
}

function renderLine({ check, outcome, expected, got }: SelftestLine): string[] {
  return [
    ...wrap(outcome.padEnd(OUTCOME_COLUMNS), check),
    ...(expected === '' ? [] : wrap(label('expected'), expected)),
    ...wrap(label(expected === '' ? '' : 'got'), got),
  ];
}

function label(text: string): string {
  return ' '.repeat(OUTCOME_COLUMNS) + text.padEnd(LABEL_COLUMNS);
}

/** Words after a label, on as many lines as they take, each beginning where the first one does. */
function wrap(before: string, text: string): string[] {
  const lines = [before];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? '';
    const isEmpty = last.length === before.length;
    if (isEmpty || last.length + 1 + word.length <= COLUMNS)
      lines[lines.length - 1] = `${last}${isEmpty ? '' : ' '}${word}`;
    else lines.push(' '.repeat(before.length) + word);
  }
  return lines;
}
