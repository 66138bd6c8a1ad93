/** Figures as text. */

/** `value` with `digits` decimals, or a dash for what was not measured. */
export function fixed(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits);
}

/** Pads cells to columns; the first `left` ones are flush left, the others right. */
export function columns(rows: readonly (readonly string[])[], left = 1): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
}

/** A line of a Markdown table. */
export function markdownLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
