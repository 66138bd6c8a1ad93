/** Figures and tables as text. */

/** `value` with `digits` decimals, or a dash for what was not measured. */
export function fixed(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits);
}

/** An interval, or a dash for what has none. */
export function range(bounds: readonly [number, number] | null, digits: number): string {
  return bounds === null ? '-' : `${fixed(bounds[0], digits)}..${fixed(bounds[1], digits)}`;
}

/** `value` with its sign, in fewer decimals the larger it is. */
export function signed(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
}

/** A share as percent, without decimals. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(0)}%`;
}

/** Pads cells to columns; the first `left` ones are flush left, the others right. */
export function columns(rows: readonly (readonly string[])[], left = 1): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const pad = (cell: string, i: number) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0));
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}

/** Breaks a text between words into lines of at most `width` columns. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** A line of a Markdown table. */
export function markdownLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
