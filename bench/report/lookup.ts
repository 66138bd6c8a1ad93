/** Finds figures in the results, for reports. */
import { type Condition, isSweep8, type Metric } from '../analysis/metrics.ts';
import { REFERENCES } from '../analysis/primary.ts';
import type { Measurement, Results } from '../analysis/results.ts';
import { type Column, type Line, type Note, notesOf, type Table, tableOf } from './document.ts';
import { fixed } from './format.ts';

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

export interface FigureOf {
  readonly subject: string;
  readonly metric: Metric;
  readonly which: Which;
}

export function findMeasurement({ measurements }: Results, { subject, metric, which }: FigureOf): Measurement | null {
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

/** Whether the subject is there to measure others from. */
export function isReference(name: string): boolean {
  return REFERENCES.has(name);
}

/** What is of subjects that are there to be chosen: drawings and sentences are about them. All where there are only references. */
export function withoutReferences<T extends { readonly subject: string } | { readonly b: string }>(
  items: readonly T[],
): T[] {
  const chosen = items.filter((item) => !isReference('subject' in item ? item.subject : item.b));
  return chosen.length > 0 ? chosen : [...items];
}

/** Which measurements a column of a table has, and with how many decimals. */
export interface MeasuredColumn extends Pick<FigureOf, 'metric' | 'which'> {
  readonly title: string;
  readonly digits: number;
}

/** A row a subject, without the columns that nothing was measured for, and notes on the marks of its figures. */
export function measuredTable(results: Results, columns: readonly MeasuredColumn[]): { table: Table; notes: Note[] } {
  const subjects = measuredSubjects(results);
  const find = (subject: string, column: MeasuredColumn) => findMeasurement(results, { ...column, subject });
  const shown = columns.filter((column) => subjects.some((subject) => find(subject, column) !== null));
  const cells = shown.map((column): Column<string> => {
    return [column.title, (subject) => markedText(find(subject, column), column.digits)];
  });
  return {
    table: tableOf(subjects, 1, [['arm', (subject) => subject], ...cells]),
    notes: notesOn(shown.flatMap((column) => subjects.map((subject) => find(subject, column)))),
  };
}

/** The value, with a mark for what a note below tells. */
function markedText(measurement: Measurement | null, digits: number): string {
  if (measurement === null) return '-';
  const { estimate, invalid, clientLimited } = measurement;
  return `${fixed(estimate, digits)}${invalid === null ? '' : '!'}${clientLimited ? '*' : ''}`;
}

/** Why some figures may not be used, and that others are understated. */
export function notesOn(
  shown: readonly ((Pick<Measurement, 'subject' | 'invalid'> & Partial<Pick<Measurement, 'clientLimited'>>) | null)[],
): Note[] {
  const reasons = new Set(shown.flatMap((one) => (one?.invalid == null ? [] : `${one.subject}: ${one.invalid}`)));
  return notesOf([
    ...(shown.some((one) => one?.clientLimited)
      ? ['* The client used more CPU than the server here, so differences are understated.']
      : []),
    ...(reasons.size > 0 ? [`! Invalid: ${[...reasons].join('; ')}.`] : []),
  ]);
}

/** A line of each subject through what was measured of it, by rising x; figures that may not be used are left out. */
export function linesOf(measured: readonly Measurement[], xOf: (condition: Condition) => number | null): Line[] {
  return [...Map.groupBy(measured, ({ subject }) => subject)].map(([subject, own]) => {
    const points = own.flatMap(({ condition, estimate, ci95, invalid, clientLimited }) => {
      const x = condition === null ? null : xOf(condition);
      if (x === null || estimate === null || invalid !== null) return [];
      return [{ x, y: estimate, ends: ci95, isHollow: clientLimited === true }];
    });
    points.sort((a, b) => a.x - b.x);
    return { subject, points, path: points.map(({ x, y }) => [x, y] as const) };
  });
}
