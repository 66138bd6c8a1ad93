/**
 * Pictures as SVG, by Observable Plot without a browser: the one place of all marks, axes and labels. A subject has a dash and
 * a symbol beside its colour, which is a custom property of the page, so that drawings follow light and dark.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Results } from '../../analysis/results.ts';
import type { Axis, Chart, Line, Picture, Row, Rows } from '../document.ts';
import { isReference } from '../lookup.ts';

interface SubjectStyle {
  readonly color: string;
  /** Lengths of dashes and gaps; empty for a whole line. */
  readonly dash: string;
  readonly symbol: (typeof SYMBOLS)[number] | 'hexagon';
}

/** How a subject looks in every drawing. */
export type StyleOf = (subject: string) => SubjectStyle;

const SYMBOLS = ['circle', 'diamond', 'square', 'triangle', 'star', 'cross', 'wye'] as const;
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 2', '12 4'];
const COLORS = 8;

/** The reference arms are grey and dotted: they are there to be measured from, not to be chosen. */
const GREYS = ['1 3', '1 3 5 3', '1 6', '1 3 9 3'].map((dash, i): SubjectStyle => {
  return { color: `var(--r${i % 2})`, dash, symbol: 'hexagon' };
});

/** The first style is the baseline's, where that can be chosen; the same results always give the same. */
export function stylesOf({ subjects, coldStart, resilience, baseline }: Results): StyleOf {
  const timed = coldStart?.arms.map(({ arm }) => arm) ?? [];
  const failed = resilience?.map(({ subject }) => subject).sort() ?? [];
  const names = [...new Set([baseline, ...subjects.map(({ name }) => name), ...timed, ...failed])];
  const [chosen, references] = [names.filter((name) => !isReference(name)), names.filter(isReference)];
  return (subject) => {
    const i = chosen.indexOf(subject);
    const grey = GREYS[references.indexOf(subject) % GREYS.length];
    if (i < 0 && grey !== undefined) return grey;
    const [dash = '', symbol = 'circle'] = [DASHES[i % DASHES.length], SYMBOLS[i % SYMBOLS.length]];
    return { color: `var(--s${i % COLORS})`, dash, symbol };
  };
}

/** What a picture measures, in the text size of the page: one that fills it, or one of several side by side. */
export const WHOLE = { width: 720, height: 330 };
export const SMALL = { width: 330, height: 250 };
type Size = typeof WHOLE;

/** The SVG of a picture. Whoever shows it says in words what it is of. */
export function draw(picture: Picture, isSmall: boolean, styleOf: StyleOf): string {
  const size = isSmall ? SMALL : WHOLE;
  return picture.kind === 'chart' ? chart(picture, size, styleOf) : rows(picture, size, styleOf);
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

/** All data, with some room at the ends, or 0 and round ends on a linear axis. */
function scaleOf({ isLog = false, ends }: Axis): Plot.ScaleOptions {
  const domain = ends === undefined ? {} : { domain: ends };
  return { ...(isLog ? { type: 'log', inset: 10 } : { type: 'linear', zero: true, nice: true }), ...domain };
}

/** What a tick of a logarithmic axis takes with a label; where they have less, only 1, 2 and 5 in each power of ten have one. */
const LABEL_WIDTH = 55;
const TICK = new Intl.NumberFormat('en');

/** The grid and the axis: label with its unit, no tick marks, quiet lines. */
function axisMarks(side: 'x' | 'y', { isLog, label, ticks, format = TICK.format }: Axis, width: number) {
  const isAll = (count: number) => !isLog || ticks !== undefined || count * LABEL_WIDTH <= width;
  const transform = (all: ArrayLike<number>) =>
    Array.from(all, (value) => (isAll(all.length) || /^[125]e/.test(value.toExponential()) ? format(value) : ''));
  const at = { ticks: ticks === undefined ? Math.round(width / 85) : [...ticks] };
  const grid = { ...at, stroke: 'var(--grid)', strokeOpacity: 1 };
  const axis = { ...at, tickSize: 0, label, labelArrow: 'none', text: { transform } } as const;
  return side === 'x'
    ? [Plot.gridX(grid), Plot.axisX({ ...axis, labelAnchor: 'center', labelOffset: 38 })]
    : [Plot.gridY(grid), Plot.axisY(axis)];
}

/** Room for upright names above a chart. */
export const NAMES_HEIGHT = 130;

function chart({ x, y, lines, limit, shaded = [], names = [] }: Chart, size: Size, styleOf: StyleOf): string {
  const room = names.length === 0 ? 0 : NAMES_HEIGHT;
  return svgOf({
    ...{ width: size.width, height: size.height + room, x: scaleOf(x), y: scaleOf(y) },
    ...{ marginLeft: 50, marginRight: 20, marginTop: 26 + room, marginBottom: 42 },
    marks: [
      Plot.rect(shaded, { x1: '0', x2: '1', fill: 'var(--shade)' }),
      ...axisMarks('y', y, size.width),
      ...axisMarks('x', x, size.width),
      Plot.axisX(
        names.map((name) => name.x),
        { anchor: 'top', label: null, tickRotate: -90, tickSize: 0, text: (_, i) => names[i]?.text },
      ),
      Plot.ruleX(names, { x: 'x', stroke: 'var(--line)', strokeDasharray: '1 3' }),
      Plot.ruleY(y.isLog ? [] : [0], { stroke: 'var(--line)' }),
      Plot.ruleY(limit == null ? [] : [limit], { stroke: 'var(--bad)', strokeDasharray: '5 3' }),
      ...lines.flatMap((line) => lineMarks(line, styleOf(line.subject))),
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
      ...{ x: 'x', stroke: color, strokeWidth: 1.5 },
      ...{ y1: ({ ends }) => ends?.[0], y2: ({ ends }) => ends?.[1] },
    }),
    Plot.dot(points, {
      ...{ x: 'x', y: 'y', symbol, r: RADIUS },
      fill: ({ isHollow }) => (isHollow ? 'var(--paper)' : color),
      stroke: ({ isHollow }) => (isHollow ? color : 'var(--paper)'),
    }),
  ];
}

/** Height of a row, and how far what is drawn of it is below its middle. */
const ROW = { height: 40, below: 9 };
const OPACITIES = [0.85, 0.5, 0.3];

/** The name and the figures of a row stand above what is drawn of it, with an edge that keeps them readable on the grid. */
function rows({ x, origin, rows: all }: Rows, size: Size, styleOf: StyleOf): string {
  return svgOf({
    ...{ width: size.width, height: all.length * ROW.height + 50 },
    ...{ marginLeft: 10, marginRight: 16, marginTop: 4, marginBottom: 46 },
    ...{ x: scaleOf(x), y: { type: 'band', domain: all.keys(), axis: null } },
    marks: [
      ...axisMarks('x', x, size.width),
      Plot.ruleX(origin === undefined ? [] : [origin], { stroke: 'var(--muted)' }),
      Plot.text(all, {
        ...{ y: (_, at) => at, text: ({ subject, text }) => `${subject}  ${text}`, fill: 'var(--muted)' },
        ...{ frameAnchor: 'left', textAnchor: 'start', dy: -9, stroke: 'var(--paper)', strokeWidth: 5 },
        ...{ textOverflow: 'ellipsis-middle', lineWidth: size.width / 13 },
      }),
      ...all.flatMap((row, at) => rowMarks(row, at, styleOf(row.subject))),
    ],
  });
}

function rowMarks({ bar = [], point, ends }: Row, at: number, { color, symbol }: SubjectStyle): Plot.Markish[] {
  const place = { y: () => at, dy: ROW.below };
  return [
    Plot.barX(bar, {
      ...{ x: Plot.identity, y: () => at, insetTop: ROW.height / 2, insetBottom: 4 },
      ...{ fill: color, fillOpacity: (_, i) => OPACITIES[i % OPACITIES.length], stroke: 'var(--paper)' },
    }),
    Plot.ruleY(ends == null ? [] : [ends], { ...place, x1: '0', x2: '1', stroke: color, strokeWidth: 2 }),
    Plot.dot(point === undefined ? [] : [point], { ...place, x: Plot.identity, symbol, fill: color, r: RADIUS }),
  ];
}
