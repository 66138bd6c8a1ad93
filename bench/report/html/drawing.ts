/**
 * Pictures as SVG, by Observable Plot without a browser: the only file that knows of a document, and the one place of all
 * marks, axes and labels. Colours are the page's custom properties, so that drawings follow light and dark.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Axis, Chart, Picture, Row, Rows } from '../document.ts';
import { tickText } from '../format.ts';
import { placeLabels, type Scale, scaleOf, ticksOf } from './scales.ts';
import { type Styles, type SubjectStyle, styleOf } from './subject-style.ts';

/** How large a drawing is; a narrow one is for a telephone, or one of several. */
export interface Size {
  readonly width: number;
  readonly height: number;
  readonly isNarrow: boolean;
}

export const WIDE: Size = { width: 900, height: 360, isNarrow: false };
export const NARROW: Size = { width: 330, height: 250, isNarrow: true };

/** The SVG of a picture, in the text size of the page. Whoever shows it says in words what it is of. */
export function draw(picture: Picture, size: Size, styles: Styles): string {
  return picture.kind === 'chart' ? chart(picture, size, styles) : rows(picture, size, styles);
}

const { document } = parseHTML('<!doctype html><html></html>');

/** The style sheet is the page's own, so Plot's is left out. */
function svgOf(options: Plot.PlotOptions): string {
  const svg = Plot.plot({ document, className: 'p', style: { fontSize: '12px' }, ...options });
  svg.querySelector('style')?.remove();
  svg.setAttribute('aria-hidden', 'true');
  return String(svg.outerHTML);
}

/** The line and the symbol of a subject, for a legend. */
export function swatch({ color, dash, symbol }: SubjectStyle): string {
  return svgOf({
    ...{ width: 34, height: 14, margin: 0 },
    ...{ x: { domain: [0, 2], axis: null }, y: { domain: [0, 2], axis: null } },
    marks: [
      Plot.ruleY([1], { stroke: color, strokeWidth: LINE_WIDTH, strokeDasharray: dash }),
      Plot.dot([[1, 1]], { symbol, fill: color, stroke: 'var(--paper)', r: RADIUS }),
    ],
  });
}

const LINE_WIDTH = 1.75;
const RADIUS = 4.5;
/** A paper-coloured edge that keeps a text readable on what lies behind it. */
const HALO = { stroke: 'var(--paper)', strokeWidth: 5 };

/** The grid and the axis: label with its unit, no tick marks, quiet lines. */
function axisMarks(side: 'x' | 'y', { label, ticks, format = tickText }: Axis, scale: Scale, isNarrow: boolean) {
  const at = [...(ticks ?? ticksOf(scale, isNarrow ? 5 : 8))];
  const grid = { stroke: 'var(--grid)', strokeOpacity: 1 };
  // Not as the format of ticks: Plot leaves some of those out on a logarithmic axis.
  const axis = { tickSize: 0, label, labelArrow: 'none', text: (value: number) => format(value) } as const;
  return side === 'x'
    ? [Plot.gridX(at, grid), Plot.axisX(at, { ...axis, labelAnchor: 'center', labelOffset: 38 })]
    : [Plot.gridY(at, grid), Plot.axisY(at, axis)];
}

const CHART_MARGINS = { marginLeft: 50, marginRight: 20, marginTop: 26, marginBottom: 42 };

function chart({ x, y, lines, limit, shaded = [], names = [] }: Chart, size: Size, styles: Styles): string {
  const { width, height, isNarrow } = size;
  const own = lines.map(({ path = [], points = [], ...line }) => {
    return { ...line, path, points, style: styleOf(styles, line.subject) };
  });
  const xs = own.flatMap(({ path, points }) => [...path.map(([at]) => at), ...points.map((point) => point.x)]);
  const ys = own.flatMap(({ path, points }) => [
    ...path.map(([, value]) => value),
    ...points.flatMap((point) => [point.y, ...(point.ends ?? [])]),
  ]);
  const scales = { x: scaleOf(x, xs), y: scaleOf(y, [...ys, ...(limit === undefined ? [] : [limit.y])]) };
  const intervals = own.flatMap(({ points, style }) =>
    points.flatMap((point) => (point.ends == null ? [] : { at: point.x, ends: point.ends, color: style.color })),
  );
  return svgOf({
    ...{ width, height, ...CHART_MARGINS, ...scales },
    marks: [
      Plot.rect(shaded, { x1: ([from]) => from, x2: ([, to]) => to, fill: 'var(--shade)' }),
      ...axisMarks('y', y, scales.y, isNarrow),
      ...axisMarks('x', x, scales.x, isNarrow),
      ...(scales.y.domain[0] <= 0 && scales.y.type === 'linear' ? [Plot.ruleY([0], { stroke: 'var(--line)' })] : []),
      ...(limit === undefined ? [] : limitMarks(limit)),
      ...own.map(({ path, shape, style: { color, dash } }) =>
        Plot.line(path, {
          ...{ stroke: color, strokeDasharray: dash, strokeWidth: LINE_WIDTH },
          ...(shape === 'faint' ? { strokeOpacity: 0.5, strokeWidth: 1 } : {}),
          ...(shape === 'steps' ? { curve: 'step-after' } : {}),
        }),
      ),
      Plot.ruleX(intervals, {
        ...{ x: 'at', y1: ({ ends: [low] }) => Math.max(low, scales.y.domain[0]), y2: ({ ends: [, high] }) => high },
        ...{ stroke: 'color', strokeWidth: 1.5 },
      }),
      ...own.map(({ points, style: { symbol, color } }) =>
        Plot.dot(points, {
          ...{ x: 'x', y: 'y', symbol, r: RADIUS },
          fill: ({ isHollow }) => (isHollow ? 'var(--paper)' : color),
          stroke: ({ isHollow }) => (isHollow ? color : 'var(--paper)'),
        }),
      ),
      ...nameMarks(
        names,
        own.flatMap(({ points }) => points),
        { ...scales, size },
      ),
    ],
  });
}

function limitMarks({ y, text }: NonNullable<Chart['limit']>): Plot.Markish[] {
  const place = { y: () => y, frameAnchor: 'left', textAnchor: 'start', dx: 6, dy: -9 } as const;
  return [
    Plot.ruleY([y], { stroke: 'var(--bad)', strokeDasharray: '5 3' }),
    Plot.text([text], { ...place, text: [text], fill: 'var(--bad)', ...HALO }),
  ];
}

type NamedPoints = NonNullable<Chart['names']>;

/** One name a group of points, near it where that is free. */
function nameMarks(
  names: NamedPoints,
  dots: readonly { readonly x: number; readonly y: number }[],
  { x, y, size: { width, height } }: { x: Scale; y: Scale; size: Size },
): Plot.Markish[] {
  const { marginLeft: left, marginRight, marginTop: top, marginBottom } = CHART_MARGINS;
  const [right, bottom] = [width - marginRight, height - marginBottom];
  const { apply: toX } = Plot.scale({ x: { ...x, range: [left, right] } });
  const { apply: toY } = Plot.scale({ y: { ...y, range: [bottom, top] } });
  const pixels = <T extends { x: number; y: number }>(point: T) => ({ ...point, x: toX(point.x), y: toY(point.y) });
  const placed = placeLabels(names.map(pixels), dots.map(pixels), { left, right, top, bottom });
  return placed.map(({ text, x: at, y: line }) =>
    Plot.text([text], {
      ...{ text: [text], frameAnchor: 'top-left', textAnchor: 'start', lineAnchor: 'middle' },
      ...{ dx: at - left, dy: line - top, fill: 'var(--muted)', ...HALO },
    }),
  );
}

/** What a character takes, roughly, in pixels. */
const CHARACTER = 6.7;
/** Characters of a subject's name that are shown. */
const NAME = 26;
/** Height of a row, and half the height of its bar as a share of that. */
const ROW = { wide: { height: 30, bar: 0.3 }, narrow: { height: 44, bar: 0.16 } };
const OPACITIES = [0.85, 0.5, 0.3];

/** A name that leaves room for the rest: its beginning and its end, which tell addresses apart. */
function shortName(name: string): string {
  return name.length <= NAME ? name : `${name.slice(0, NAME / 2)}\u2026${name.slice(1 - NAME / 2)}`;
}

function widthOf(texts: readonly string[]): number {
  return Math.ceil(Math.max(0, ...texts.map(({ length }) => length)) * CHARACTER) + 16;
}

/** On a page a name stands left of its row and the figures right of it; where it is narrow, both stand above. */
function rows({ x, origin, rows: all }: Rows, { width, isNarrow }: Size, styles: Styles): string {
  const { height, bar: half } = isNarrow ? ROW.narrow : ROW.wide;
  const marked = all.flatMap((row, i) => ('heading' in row ? [] : [placed(row, i + (isNarrow ? 0.22 : 0), styles)]));
  const headings = all.flatMap((row, i) =>
    'heading' in row ? [{ text: row.heading, at: i + (isNarrow ? 0.15 : 0) }] : [],
  );
  const scale = scaleOf(x, [...marked.flatMap(({ values }) => values), ...(origin === undefined ? [] : [origin])]);
  const marginLeft = isNarrow ? 6 : widthOf(marked.map(({ name }) => name));
  const marginRight = isNarrow ? 16 : widthOf(marked.map(({ text }) => text));
  const parts = marked.flatMap(({ parts: own }) => own);
  const left = { y: 'at', frameAnchor: 'left', textAnchor: 'start' } as const;
  return svgOf({
    ...{ width, height: all.length * height + 52, marginLeft, marginRight, marginTop: 4, marginBottom: 46 },
    ...{ x: scale, y: { domain: [all.length - 0.5, -0.5], axis: null } },
    marks: [
      ...axisMarks('x', x, scale, isNarrow),
      ...(origin === undefined ? [] : [Plot.ruleX([origin], { stroke: 'var(--muted)' })]),
      Plot.text(headings, {
        ...left,
        text: 'text',
        dx: 2 - marginLeft,
        fontWeight: 600,
        fill: 'currentColor',
        ...HALO,
      }),
      Plot.rect(parts, {
        ...{ x1: 'from', x2: 'to', y1: ({ at }) => at - half, y2: ({ at }) => at + half },
        ...{ fill: 'color', fillOpacity: 'opacity', stroke: 'var(--paper)' },
      }),
      Plot.link(
        marked.filter(({ interval }) => interval !== null),
        {
          ...{ x1: ({ interval }) => interval?.[0], x2: ({ interval }) => interval?.[1], y: 'at' },
          ...{ stroke: ({ style, parts: own }) => (own.length > 0 ? 'currentColor' : style.color), strokeWidth: 2 },
        },
      ),
      Plot.dot(
        marked.flatMap(({ at, style, single }) => single.map((value) => ({ at, value, color: style.color }))),
        { x: 'value', y: 'at', r: 3.5, stroke: 'color', strokeWidth: 1.5, fill: 'var(--paper)' },
      ),
      ...marked.flatMap(({ at, point, style: { symbol, color } }) =>
        point === undefined ? [] : Plot.dot([[point, at]], { symbol, fill: color, stroke: 'var(--paper)', r: 5 }),
      ),
      ...(isNarrow
        ? [
            Plot.text(marked, {
              ...left,
              text: ({ name, text }) => `${name}  ${text}`,
              dy: -18,
              ...HALO,
              fill: 'var(--muted)',
            }),
          ]
        : [
            Plot.text(marked, { ...left, text: 'name', dx: 8 - marginLeft, fill: 'var(--muted)' }),
            Plot.text(marked, { ...left, text: 'text', frameAnchor: 'right', dx: 10, fill: 'currentColor' }),
          ]),
    ],
  });
}

/** A row with what is drawn of it, in the middle of `at`. */
function placed({ subject, text, bar = [], interval = null, point, values = [] }: Row, at: number, styles: Styles) {
  const style = styleOf(styles, subject);
  let to = 0;
  const parts = bar.map((value, i) => {
    const from = to;
    to += value;
    return { at, from, to, color: style.color, opacity: OPACITIES[i % OPACITIES.length] };
  });
  const all = [
    ...(bar.length === 0 ? [] : [to]),
    ...(interval ?? []),
    ...(point === undefined ? [] : [point]),
    ...values,
  ];
  return { at, style, name: shortName(subject), text, parts, interval, point, single: values, values: all };
}
