/** What the machine did between two runs, read off the control arms, whose code is none of the product's. */
import { METRICS, type Metric } from '../analysis/metrics.ts';
import { isPrimary } from '../analysis/primary.ts';
import type { Results } from '../analysis/results.ts';
import type { Estimate } from '../stats/compare.ts';
import { changeOf } from './change.ts';
import { CONTROLS } from './comparable.ts';
import { find, logs } from './outcome.ts';

/** The change of a control from the older run to the newer. */
export interface MachineChange {
  readonly control: string;
  readonly metric: Metric;
  /** Newer / older. */
  readonly ratio: Estimate;
  /** How much slower the machine was in the newer run: 0.2 is 20% slower, below 0 is faster. */
  readonly slower: number;
}

/** From this share on a reader is told that the machine changed. */
export const NOTABLE_CHANGE = 0.1;

/** Of the first control that both runs have, on every primary question but memory. */
export function machineChanges(older: Results, newer: Results): MachineChange[] {
  for (const control of CONTROLS) {
    const own = newer.measurements.filter((one) => one.subject === control && isPrimary(one));
    const changes = own.flatMap((after): MachineChange[] => {
      const before = find(older, after);
      if (after.metric === 'memoryMiB' || before?.invalid !== null || after.invalid !== null) return [];
      const change = changeOf({ older: logs(before, null), newer: logs(after, null) });
      return change === null ? [] : [{ control, metric: after.metric, ...describe(after.metric, change.ratio) }];
    });
    if (changes.length > 0) return changes;
  }
  return [];
}

/** A rate that falls is a machine that slows down. */
function describe(metric: Metric, ratio: Estimate): Pick<MachineChange, 'ratio' | 'slower'> {
  const factor = METRICS[metric].lowerIsBetter ? ratio.estimate : 1 / ratio.estimate;
  return { ratio, slower: factor - 1 };
}
