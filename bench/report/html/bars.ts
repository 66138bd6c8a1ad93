/** Horizontal bars of one amount for each subject, made of parts where there are several, with the amounts written beside. */
import * as Plot from '@observablehq/plot';
import { nameAxis, xAxis } from './axes.ts';
import { drawing, nameMargin, nameRoom, type Size, shortName } from './drawing.ts';
import { amount } from './numbers.ts';
import type { SeriesStyle } from './series-style.ts';

export interface Bar {
  readonly style: SeriesStyle;
  /** Parts from left to right; a single one needs no name. */
  readonly parts: readonly { readonly name: string; readonly value: number }[];
  readonly ci95?: readonly [number, number] | null;
  /** Single values behind the bar. */
  readonly dots?: readonly number[];
}

/** What a pixel column of text takes, roughly. */
const CHARACTER = 7;
const OPACITIES = [0.85, 0.5, 0.3];

export function drawBars(bars: readonly Bar[], label: string, size: Size): string {
  const { width, compact } = size;
  const names = bars.map(({ style }) => style.name);
  const marginLeft = nameMargin(names, size);
  const totals = bars.map((bar) => ({ name: bar.style.name, total: totalOf(bar), end: endOf(bar) }));
  const right = Math.max(...totals.map(({ end }) => end), 0) * 1.02 || 1;
  const segments = bars.flatMap(segmentsOf);
  const pixels = (width - marginLeft - MARGIN_RIGHT) / right;
  return drawing({
    width,
    height: bars.length * (compact ? 30 : 32) + 46,
    marginLeft,
    marginRight: MARGIN_RIGHT,
    marginBottom: 40,
    marginTop: 4,
    x: { domain: [0, right] },
    y: { domain: names, label: null, padding: 0.3 },
    marks: [
      ...xAxis(label, { ticks: compact ? 4 : 8 }),
      nameAxis((name) => shortName(name, nameRoom(size))),
      Plot.barX(segments, {
        x1: 'from',
        x2: 'to',
        y: 'name',
        fill: 'color',
        fillOpacity: 'opacity',
        stroke: 'var(--paper)',
      }),
      Plot.text(
        segments.filter(({ part, from, to }) => part !== '' && part.length * CHARACTER < (to - from) * pixels - 8),
        {
          x: ({ from, to }) => (from + to) / 2,
          y: 'name',
          text: 'part',
          fill: 'currentColor',
          stroke: 'var(--paper)',
          strokeWidth: 4,
        },
      ),
      Plot.dot(
        bars.flatMap(({ style, dots = [] }) => dots.map((value) => ({ name: style.name, value }))),
        { x: 'value', y: 'name', r: 2.5, stroke: 'currentColor', fill: 'var(--paper)' },
      ),
      Plot.link(
        bars.flatMap(({ style, ci95 }) => (ci95 == null ? [] : { name: style.name, low: ci95[0], high: ci95[1] })),
        { x1: 'low', x2: 'high', y: 'name', stroke: 'currentColor', strokeWidth: 1.5 },
      ),
      Plot.text(totals, { x: 'end', y: 'name', text: ({ total }) => amount(total), textAnchor: 'start', dx: 7 }),
    ],
  });
}

const MARGIN_RIGHT = 56;

function totalOf({ parts }: Bar): number {
  return parts.reduce((sum, { value }) => sum + value, 0);
}

/** Where the last thing that is drawn of the bar ends. */
function endOf(bar: Bar): number {
  return Math.max(totalOf(bar), bar.ci95?.[1] ?? 0, ...(bar.dots ?? []));
}

function segmentsOf({ style, parts }: Bar) {
  let from = 0;
  return parts.map(({ name, value }, i) => {
    const to = from + value;
    const part = parts.length > 1 ? name : '';
    const segment = { name: style.name, from, to, part, color: style.color, opacity: OPACITIES[i % OPACITIES.length] };
    from = to;
    return segment;
  });
}
