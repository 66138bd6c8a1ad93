/** A cheap route alone and beside a heavy one: whether the one suffers from the other. */
import * as Plot from '@observablehq/plot';
import type { Measurement, Results } from '../../analysis/results.ts';
import { mixedFinding, mixedPairs } from '../findings.ts';
import { nameAxis, xAxis } from './axes.ts';
import { drawing, nameMargin, nameRoom, type Size, shortName } from './drawing.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { amount, range } from './numbers.ts';
import { type SeriesStyle, styleOf } from './series-style.ts';
import { logDomain, logTicks } from './ticks.ts';

interface Row {
  readonly name: string;
  readonly color: string;
  readonly alone: number;
  readonly beside: number;
}

export function mixedFigure(results: Results, styles: ReadonlyMap<string, SeriesStyle>): Markup | null {
  const pairs = mixedPairs(results.measurements);
  const finding = mixedFinding(results);
  const rows = pairs.flatMap(({ alone, beside }): Row[] => {
    const [first, second] = [usable(alone), usable(beside)];
    const { name, color } = styleOf(styles, alone.subject);
    return first === null || second === null ? [] : [{ name, color, alone: first, beside: second }];
  });
  if (finding === null || rows.length === 0) return null;
  const drawn = figure({
    finding,
    draw: (size) => draw(rows, size),
    table: {
      head: ['subject', 'alone, ms', '95% interval', 'beside, ms', '95% interval', 'remark'],
      text: [5],
      rows: pairs.map(({ alone, beside }) => [
        alone.subject,
        ...[amount(alone.estimate), range(alone.ci95), amount(beside.estimate), range(beside.ci95)],
        alone.invalid ?? beside.invalid ?? '',
      ]),
    },
    note: 'Circle: the cheap route alone. Diamond: beside the heavy one. Inside one workerd both Workers share a thread, so no isolation is to be expected there; on Cloudflare the platform places them.',
  });
  return html`<h3>A cheap route beside a heavy one</h3>${drawn}`;
}

function usable({ estimate, invalid }: Measurement): number | null {
  return invalid === null ? estimate : null;
}

function draw(rows: readonly Row[], size: Size): string {
  const { width, compact } = size;
  const domain = logDomain(
    rows.flatMap(({ alone, beside }) => [alone, beside]),
    1.25,
  );
  const names = rows.map(({ name }) => name);
  const ticks = logTicks(...domain, compact ? 4 : 8);
  return drawing({
    width,
    height: rows.length * 36 + 50,
    marginLeft: nameMargin(names, size),
    marginRight: 24,
    marginBottom: 42,
    marginTop: 6,
    x: { type: 'log', domain },
    y: { type: 'point', domain: names, label: null, padding: 0.6 },
    marks: [
      ...xAxis('p99 of the cheap route, ms', { ticks }),
      nameAxis((name) => shortName(name, nameRoom(size))),
      Plot.link(rows, { x1: 'alone', x2: 'beside', y: 'name', stroke: 'color', strokeWidth: 2 }),
      Plot.dot(rows, {
        x: 'alone',
        y: 'name',
        symbol: 'circle',
        fill: 'var(--paper)',
        stroke: 'color',
        strokeWidth: 2,
        r: 5,
      }),
      Plot.dot(rows, { x: 'beside', y: 'name', symbol: 'diamond', fill: 'color', stroke: 'var(--paper)', r: 6 }),
      Plot.text(rows, { x: 'alone', y: 'name', text: ({ alone }) => amount(alone), dy: -13, fill: 'var(--muted)' }),
      Plot.text(rows, { x: 'beside', y: 'name', text: ({ beside }) => amount(beside), dy: -13, fill: 'var(--muted)' }),
    ],
  });
}
