/** Axes and grids that look alike in every drawing: labels with units, no tick marks, quiet lines. */
import * as Plot from '@observablehq/plot';
import { tickText } from './numbers.ts';

/** Where the ticks are, or about how many, and what stands at them. */
export interface Ticks {
  readonly ticks: readonly number[] | number;
  readonly tickFormat?: (value: number) => string;
}

const GRID = { stroke: 'var(--grid)', strokeOpacity: 1 };

/** The grid and the horizontal axis, its label below the middle. */
export function xAxis(label: string, { ticks, tickFormat = tickText }: Ticks): Plot.Markish[] {
  const options = {
    tickFormat,
    tickSize: 0,
    label,
    labelAnchor: 'center',
    labelArrow: 'none',
    labelOffset: 38,
  } as const;
  return [Plot.gridX({ ...GRID, ticks: own(ticks) }), Plot.axisX({ ...options, ticks: own(ticks) })];
}

/** The grid and the vertical axis, its label above. */
export function yAxis(label: string, { ticks, tickFormat = tickText }: Ticks): Plot.Markish[] {
  const options = { tickFormat, tickSize: 0, label, labelArrow: 'none' } as const;
  return [Plot.gridY({ ...GRID, ticks: own(ticks) }), Plot.axisY({ ...options, ticks: own(ticks) })];
}

/** Names of rows at the left. */
export function nameAxis(tickFormat: (name: string) => string): Plot.Markish {
  return Plot.axisY({ tickSize: 0, tickFormat, label: null });
}

/** Plot's types want an array of its own. */
function own(ticks: Ticks['ticks']): number[] | number {
  return typeof ticks === 'number' ? ticks : [...ticks];
}
