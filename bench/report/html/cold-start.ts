/** Cold starts: which share of them was done after so long, minus what an empty Worker takes on average. */
import * as Plot from '@observablehq/plot';
import type { ColdStartArm } from '../../analysis/cold-start.ts';
import type { Results } from '../../analysis/results.ts';
import { mean } from '../../stats/interval.ts';
import { coldStartFinding } from '../findings.ts';
import { xAxis, yAxis } from './axes.ts';
import { drawing, type Size } from './drawing.ts';
import { figure, NOT_COMPARED, section } from './figure.ts';
import type { Markup } from './markup.ts';
import { amount, percent, range } from './numbers.ts';
import { legend, type SeriesStyle, styleOf } from './series-style.ts';

interface Line {
  readonly style: SeriesStyle;
  /** Milliseconds above the empty Worker's mean, and the share of starts that took no longer. */
  readonly steps: readonly (readonly [number, number])[];
}

export function coldStartSection(results: Results, styles: ReadonlyMap<string, SeriesStyle>): Markup | null {
  const { coldStart } = results;
  if (coldStart === null) return null;
  const { arms, empty } = coldStart;
  const base = arms.find(({ arm }) => arm === empty);
  const subtracted = base === undefined || base.startMs.length === 0 ? 0 : mean(base.startMs);
  const lines = arms
    .filter((arm) => arm !== base && arm.startMs.length > 0)
    .map(({ arm, startMs }) => ({ style: styleOf(styles, arm), steps: stepsOf(startMs, subtracted) }));
  if (lines.length === 0) return null;
  const above = base === undefined ? 'nothing subtracted' : `minus the mean of ${empty}, ${amount(subtracted)} ms`;
  return section('cold-start', 'Cold start', [
    figure({
      finding: coldStartFinding(results) ?? NOT_COMPARED,
      legend: legend(lines.map(({ style }) => style)),
      draw: (size) => draw(lines, size),
      table: tableOfStarts(arms),
      note: `Start of the process to the last byte of its first right answer, ${above}; files in the system's cache.`,
    }),
  ]);
}

function stepsOf(startMs: readonly number[], subtracted: number): [number, number][] {
  const rising = startMs.map((ms) => ms - subtracted).sort((a, b) => a - b);
  const steps = rising.map((ms, i): [number, number] => [ms, (i + 1) / rising.length]);
  return [[rising[0] ?? 0, 0], ...steps];
}

function draw(lines: readonly Line[], { width, compact }: Size): string {
  const all = lines.flatMap(({ steps }) => steps.map(([ms]) => ms));
  const domain = [Math.min(0, ...all), Math.max(...all) * 1.03];
  return drawing({
    width,
    height: compact ? 240 : 300,
    marginLeft: 46,
    marginBottom: 42,
    marginTop: 26,
    marginRight: 16,
    x: { domain },
    y: { domain: [0, 1] },
    marks: [
      ...yAxis('share of starts', { ticks: 5, tickFormat: percent }),
      ...xAxis("ms above an empty Worker's mean", { ticks: compact ? 5 : 10 }),
      Plot.ruleY([0], { stroke: 'var(--line)' }),
      ...lines.flatMap(({ style, steps }) => [
        Plot.line(steps, {
          curve: 'step-after',
          stroke: style.color,
          strokeDasharray: style.dash,
          strokeWidth: 1.75,
        }),
        Plot.dot(steps.slice(-1), { symbol: style.symbol, fill: style.color, stroke: 'var(--paper)', r: 4.5 }),
      ]),
    ],
  });
}

function tableOfStarts(arms: readonly ColdStartArm[]) {
  return {
    head: ['subject', 'starts', 'p50, ms', 'above empty, ms', '95% interval', 'CPU above empty, ms', '95% interval'],
    rows: arms.map(({ arm, startMs, p50Ms, minusEmpty }) => [
      arm,
      startMs.length,
      amount(p50Ms),
      ...[minusEmpty?.startMs ?? null, minusEmpty?.cpuMs ?? null].flatMap((interval) => [
        amount(interval?.mean ?? null),
        range(interval === null ? null : [interval.low, interval.high]),
      ]),
    ]),
  };
}
