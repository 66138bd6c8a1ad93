/** Prints what became of the cases: a table by suite, then every case that did not pass, with the reason. */
import { type CaseResult, isRegression, type Outcome } from './outcome.ts';

const KINDS = ['passed', 'refused', 'failed'] as const satisfies Outcome['kind'][];
const RUNTIMES = ['stock', 'baked'] as const;
const HEAD = ['suite', 'cases', ...RUNTIMES.flatMap((runtime) => KINDS.map((kind) => `${runtime} ${kind}`))];

/** The whole report, as text that ends with a line break. */
export function printReport(results: readonly CaseResult[]): string {
  const suites = [...new Set(results.map(({ suite }) => suite))];
  const rows = suites.map((suite) =>
    countRow(
      suite,
      results.filter((result) => result.suite === suite),
    ),
  );
  const reason = (outcome: Outcome) => (outcome.kind === 'passed' ? 'passes' : outcome.reason);
  const lists = [
    list(
      'refused',
      results.filter(({ stock }) => stock.kind === 'refused'),
      ({ stock }) => reason(stock),
    ),
    list(
      'failed by stock',
      results.filter(({ stock }) => stock.kind === 'failed'),
      ({ stock }) => reason(stock),
    ),
    list(
      'worse when baked',
      results.filter(isRegression),
      ({ stock, baked }) => `stock ${stock.kind}, baked ${baked.kind}: ${reason(baked)}`,
    ),
  ];
  return [printTable([HEAD, ...rows, countRow('all', results)]), ...lists].join('\n');
}

function countRow(name: string, results: readonly CaseResult[]): string[] {
  const counts = RUNTIMES.flatMap((runtime) =>
    KINDS.map((kind) => results.filter((result) => result[runtime].kind === kind).length),
  );
  return [name, ...[results.length, ...counts].map(String)];
}

/** Columns of equal width, the first to the left, numbers to the right. */
function printTable(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => `${row.map(pad).join('  ')}\n`).join('');
}

function list(title: string, results: readonly CaseResult[], reason: (result: CaseResult) => string): string {
  const lines = results.map((result) => `  ${result.suite}/${result.name}: ${reason(result)}\n`);
  return `${title}: ${results.length}\n${lines.join('')}`;
}
