/**
 * Pictures as SVG, by Observable Plot without a browser: the only file that knows of a document, and the one place of all
 * marks, axes and labels. Colours are the page's custom properties, so that drawings follow light and dark.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Axis, Chart, Line, Picture, Row, Rows } from '../document.ts';
import { tickText } from '../format.ts';
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

/** All data, with some room at the ends, or 0 and round ends on a linear axis. */
function scaleOf({ isLog = false, ends }: Axis): Plot.ScaleOptions {
  const domain = ends === undefined ? {} : { domain: ends };
  return { ...(isLog ? { type: 'log', inset: 10 } : { type: 'linear', zero: true, nice: true }), ...domain };
}

/** Ticks of a logarithmic axis that all have room for a label; of more, only 1, 2 and 5 in each power of ten have one. */
const LABELS = { wide: 10, narrow: 6 };

/** The grid and the axis: label with its unit, no tick marks, quiet lines. */
function axisMarks(side: 'x' | 'y', { label, isLog, ticks, format = tickText }: Axis, isNarrow: boolean) {
  const isRound = (value: number) => [1, 2, 5].includes(Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9)));
  const labels = isNarrow && side === 'x' ? LABELS.narrow : LABELS.wide;
  const transform = (all: ArrayLike<number>) =>
    Array.from(all, (value) =>
      !isLog || ticks !== undefined || all.length <= labels || isRound(value) ? format(value) : '',
    );
  const at = ticks === undefined ? { ticks: isNarrow ? 4 : 8 } : { ticks: [...ticks] };
  const grid = { ...at, stroke: 'var(--grid)', strokeOpacity: 1 };
  const axis = { ...at, tickSize: 0, label, labelArrow: 'none', text: { transform } } as const;
  return side === 'x'
    ? [Plot.gridX(grid), Plot.axisX({ ...axis, labelAnchor: 'center', labelOffset: 38 })]
    : [Plot.gridY(grid), Plot.axisY(axis)];
}

const CHART_MARGINS = { marginLeft: 50, marginRight: 20, marginTop: 26, marginBottom: 42 };
/** Room for upright names above a chart. */
export const NAMES_HEIGHT = 130;

function chart({ x, y, lines, limit, shaded = [], names = [] }: Chart, size: Size, styles: Styles): string {
  const { width, height, isNarrow } = size;
  const above = isNarrow ? [] : names;
  const room = above.length === 0 ? 0 : NAMES_HEIGHT;
  const margins = { ...CHART_MARGINS, marginTop: CHART_MARGINS.marginTop + room };
  return svgOf({
    ...{ width, height: height + room, ...margins, x: scaleOf(x), y: scaleOf(y) },
    marks: [
      Plot.rect(shaded, { x1: ([from]) => from, x2: ([, to]) => to, fill: 'var(--shade)' }),
      ...axisMarks('y', y, isNarrow),
      ...axisMarks('x', x, isNarrow),
      Plot.axisX(
        above.map((name) => name.x),
        { anchor: 'top', label: null, tickRotate: -90, tickSize: 0, text: (_, i) => above[i]?.text },
      ),
      Plot.ruleX(above, { x: 'x', stroke: 'var(--line)', strokeDasharray: '1 3' }),
      Plot.ruleY(y.isLog ? [] : [0], { stroke: 'var(--line)' }),
      ...(limit === undefined ? [] : limitMarks(limit)),
      ...lines.flatMap((line) => lineMarks(line, styleOf(styles, line.subject))),
    ],
  });
}

function lineMarks({ path = [], shape, points = [] }: Line, { color, dash, symbol }: SubjectStyle): Plot.Markish[] {
  return [
    Plot.line(path, {
      ...{ stroke: color, strokeDasharray: dash, strokeWidth: LINE_WIDTH },
      ...(shape === 'faint' ? { strokeOpacity: 0.5, strokeWidth: 1 } : {}),
      ...(shape === 'steps' ? { curve: 'step-after' } : {}),
    }),
    Plot.ruleX(points, {
      x: 'x',
      y1: ({ ends }) => ends?.[0],
      y2: ({ ends }) => ends?.[1],
      stroke: color,
      strokeWidth: 1.5,
    }),
    Plot.dot(points, {
      ...{ x: 'x', y: 'y', symbol, r: RADIUS },
      fill: ({ isHollow }) => (isHollow ? 'var(--paper)' : color),
      stroke: ({ isHollow }) => (isHollow ? color : 'var(--paper)'),
    }),
  ];
}

function limitMarks({ y, text }: NonNullable<Chart['limit']>): Plot.Markish[] {
  const place = { y: () => y, frameAnchor: 'left', textAnchor: 'start', dx: 6, dy: -9 } as const;
  return [
    Plot.ruleY([y], { stroke: 'var(--bad)', strokeDasharray: '5 3' }),
    Plot.text([text], { ...place, text: [text], fill: 'var(--bad)', ...HALO }),
  ];
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
  const { height, bar } = isNarrow ? ROW.narrow : ROW.wide;
  const headings = all.flatMap((row, i) =>
    'heading' in row ? [{ text: row.heading, at: i + (isNarrow ? 0.15 : 0) }] : [],
  );
  const own = all.flatMap((row, i) => {
    return 'heading' in row ? [] : [{ ...row, name: shortName(row.subject), at: i + (isNarrow ? 0.22 : 0) }];
  });
  const marginLeft = isNarrow ? 6 : widthOf(own.map(({ name }) => name));
  const marginRight = isNarrow ? 16 : widthOf(own.map(({ text }) => text));
  const left = { y: 'at', frameAnchor: 'left', textAnchor: 'start', fill: 'var(--muted)' } as const;
  return svgOf({
    ...{ width, height: all.length * height + 52, marginLeft, marginRight, marginTop: 4, marginBottom: 46 },
    ...{ x: scaleOf(x), y: { domain: [all.length - 0.5, -0.5], axis: null } },
    marks: [
      ...axisMarks('x', x, isNarrow),
      Plot.ruleX(origin === undefined ? [] : [origin], { stroke: 'var(--muted)' }),
      Plot.text(headings, {
        ...left,
        text: 'text',
        dx: 2 - marginLeft,
        fontWeight: 600,
        fill: 'currentColor',
        ...HALO,
      }),
      ...own.flatMap((row) => rowMarks(row, bar, styleOf(styles, row.subject))),
      ...(isNarrow
        ? [Plot.text(own, { ...left, text: ({ name, text }) => `${name}  ${text}`, dy: -18, ...HALO })]
        : [
            Plot.text(own, { ...left, text: 'name', dx: 8 - marginLeft }),
            Plot.text(own, { ...left, text: 'text', frameAnchor: 'right', dx: 10, fill: 'currentColor' }),
          ]),
    ],
  });
}

/** What is drawn of a row, in the middle of `at`; `half` is half the height of a bar. */
function rowMarks(
  { at, bar = [], interval, point, values = [] }: Row & { readonly at: number },
  half: number,
  { color, symbol }: SubjectStyle,
): Plot.Markish[] {
  const sums = bar.map((_, i) => bar.slice(0, i + 1).reduce((sum, part) => sum + part, 0));
  return [
    Plot.rect(sums, {
      ...{ x1: (_, i) => sums[i - 1] ?? 0, x2: (sum) => sum, y1: () => at - half, y2: () => at + half },
      ...{ fill: color, fillOpacity: (_, i) => OPACITIES[i % OPACITIES.length], stroke: 'var(--paper)' },
    }),
    Plot.link(interval == null ? [] : [interval], {
      ...{ x1: ([from]) => from, x2: ([, to]) => to, y: () => at, strokeWidth: 2 },
      stroke: bar.length > 0 ? 'currentColor' : color,
    }),
    Plot.dot(values, {
      x: (value) => value,
      y: () => at,
      r: 3.5,
      stroke: color,
      strokeWidth: 1.5,
      fill: 'var(--paper)',
    }),
    Plot.dot(point === undefined ? [] : [[point, at]], { symbol, fill: color, stroke: 'var(--paper)', r: 5 }),
  ];
}
