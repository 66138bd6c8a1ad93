/** What a request costs: CPU and memory by component, and what each deployment is made of. */
import type { Results } from '../../analysis/results.ts';
import { cpuFinding, memoryFinding } from '../findings.ts';
import { type Bar, drawBars } from './bars.ts';
import { deploymentsPart } from './deployments.ts';
import { figure, NOT_COMPARED, section, type Table } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { amount } from './numbers.ts';
import { type SeriesStyle, styleOf } from './series-style.ts';

type Styles = ReadonlyMap<string, SeriesStyle>;
type ByRole = Readonly<Record<string, number>> | null;

export function resourcesSection(results: Results, styles: Styles): Markup | null {
  return section('resources', 'Resources', [
    barsFigure(results, styles, {
      title: 'CPU a request',
      finding: cpuFinding(results),
      label: 'CPU a request at 8 connections, ms',
      read: ({ cpuMsByRole }) => cpuMsByRole,
      note: 'CPU of all processes of the server, what they use with nothing to do subtracted.',
    }),
    barsFigure(results, styles, {
      title: 'Memory',
      finding: memoryFinding(results),
      label: 'proportional set size, MiB',
      read: ({ memoryMiBByRole }) => memoryMiBByRole,
      note: 'Bars are what the processes take in all; the sentence compares what they take above an empty Worker, where one was measured.',
    }),
    deploymentsPart(results),
  ]);
}

interface Resource {
  readonly title: string;
  readonly finding: string | null;
  readonly label: string;
  readonly read: (subject: Results['subjects'][number]) => ByRole;
  readonly note: string;
}

function barsFigure({ subjects }: Results, styles: Styles, { title, finding, label, read, note }: Resource) {
  const bars = subjects.flatMap((subject): Bar[] => {
    const parts = Object.entries(read(subject) ?? {}).map(([name, value]) => ({ name, value: Math.max(0, value) }));
    return parts.length === 0 ? [] : [{ style: styleOf(styles, subject.name), parts }];
  });
  if (bars.length === 0) return null;
  const drawn = figure({
    finding: finding ?? NOT_COMPARED,
    draw: (size) => drawBars(bars, label, size),
    table: tableOfBars(bars),
    note,
  });
  return html`<h3>${title}</h3>${drawn}`;
}

function tableOfBars(bars: readonly Bar[]): Table {
  return {
    head: ['subject', 'component', 'amount'],
    text: [1],
    rows: bars.flatMap(({ style, parts }) => parts.map(({ name, value }) => [style.name, name, amount(value)])),
  };
}
