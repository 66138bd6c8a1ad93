/** Finds figures in the results, for reports. */
import { type Condition, isSweep8, type Metric } from '../analysis/metrics.ts';
import type { ComparisonResult, Measurement, Results } from '../analysis/results.ts';
import { isReference } from '../analysis/subjects.ts';
import { type Column, type Line, tableOf } from './document.ts';
import { fixed, range } from './format.ts';

/** Which condition a figure is of; null stands for what belongs to a start as a whole. */
export type Which = (condition: Condition | null) => boolean;

export const isSingleStream: Which = (condition) => condition?.experiment === 'single-stream';
export const isBusy: Which = (condition) => condition !== null && isSweep8(condition);
export const isWholeStart: Which = (condition) => condition === null;

/** The closed loop of so many connections. */
export function isSweepOf(connections: number): Which {
  return (condition) => condition?.experiment === 'sweep' && connectionsOf(condition) === connections;
}

/** Connections of a closed loop; null for an open one. */
export function connectionsOf(condition: Condition | null): number | null {
  return condition?.load.kind === 'closed' ? condition.load.connections : null;
}

type Asked = { readonly subject: string; readonly metric: Metric; readonly which: Which };

export function findMeasurement({ measurements }: Results, { subject, metric, which }: Asked): Measurement | null {
  return measurements.find((one) => one.subject === subject && one.metric === metric && which(one.condition)) ?? null;
}

/** The client of an experiment's windows; it is part of what they measure. */
export function clientOf({ measurements }: Results, experiment: Condition['experiment']): string {
  return measurements.find(({ condition }) => condition?.experiment === experiment)?.condition?.client ?? 'unknown';
}

/** Names of the subjects that anything was measured of, in the order of the results. */
export function measuredSubjects({ subjects, measurements }: Results): string[] {
  const measured = new Set(measurements.map(({ subject }) => subject));
  return subjects.flatMap(({ name }) => (measured.has(name) ? name : []));
}

export { isReference };

/** What is of subjects that are there to be chosen: drawings and sentences are about them. All where there are only references. */
export function withoutReferences<T extends { readonly subject: string } | { readonly b: string }>(
  items: readonly T[],
): readonly T[] {
  const chosen = items.filter((item) => !isReference('subject' in item ? item.subject : item.b));
  return chosen.length > 0 ? chosen : items;
}

/** Which measurements a column of a table has, and with how many decimals; null for their 95% intervals. */
type MeasuredColumn = readonly [title: string, metric: Metric, which: Which, digits: number | null];

/** A row a subject and notes on its marks, without subjects and columns that nothing was measured for. */
export function measuredTable(results: Results, columns: readonly MeasuredColumn[]) {
  const found = measuredSubjects(results).map((subject) => {
    const figures = columns.map(([, metric, which]) => findMeasurement(results, { subject, metric, which }));
    return { subject, figures };
  });
  const rows = found.filter(({ figures }) => figures.some((figure) => figure !== null));
  const cells = columns.flatMap(([title, , , digits], i): Column<(typeof rows)[number]>[] => {
    const isEmpty = rows.every(({ figures }) => figures[i] === null);
    return isEmpty ? [] : [[title, ({ figures }) => markedText(figures[i] ?? null, digits)]];
  });
  return {
    table: tableOf(rows, 1, [['arm', ({ subject }) => subject], ...cells]),
    notes: notesOn(rows.flatMap(({ figures }) => figures.filter((figure) => figure !== null))),
  };
}

/** The value, with a mark for what a note below tells. */
function markedText(measurement: Measurement | null, digits: number | null): string {
  if (measurement === null) return '-';
  const { estimate, ci95, invalid, clientLimited } = measurement;
  if (digits === null) return range(ci95);
  return `${fixed(estimate, digits)}${invalid === null ? '' : '!'}${clientLimited ? '*' : ''}`;
}

/** Why some figures may not be used, and that others are understated. */
export function notesOn(shown: readonly (Measurement | ComparisonResult)[]): string[] {
  const reasons = shown.flatMap((one) => {
    if ('reason' in one) return one.reason ?? [];
    return one.invalid === null ? [] : `${one.subject}: ${one.invalid}`;
  });
  const isLimited = shown.some(({ clientLimited }) => clientLimited);
  return [
    ...(isLimited ? ['* The client used more CPU than the server here, so ratios are understated.'] : []),
    ...(reasons.length > 0 ? [`! Invalid: ${[...new Set(reasons)].join('; ')}.`] : []),
  ];
}

/** A line of each subject through what was measured of it, by rising x; figures that may not be used are left out. */
export function linesOf(measured: readonly Measurement[], xOf: (condition: Condition) => number | null): Line[] {
  return [...Map.groupBy(measured, ({ subject }) => subject)].flatMap(([subject, own]) => {
    const points = own.flatMap(({ condition, estimate, ci95, invalid, clientLimited }) => {
      const x = condition === null ? null : xOf(condition);
      if (x === null || estimate === null || invalid !== null) return [];
      return [{ x, y: estimate, ends: ci95, isHollow: clientLimited === true }];
    });
    points.sort((a, b) => a.x - b.x);
    return points.length === 0 ? [] : [{ subject, points, path: points.map(({ x, y }) => [x, y] as const) }];
  });
}
