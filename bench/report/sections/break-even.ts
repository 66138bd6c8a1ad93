/** What the hop is of a request's time, from light models to heavy ones. */
import type { Results } from '../../analysis/results.ts';
import { fixed, percent, range, signed } from '../format.ts';
import { clientOf } from '../lookup.ts';
import type { Section } from '../section.ts';

/** One row a pair and workload, the lightest first. */
export function breakEvenSection(results: Results): Section | null {
  const { breakEven, baseline } = results;
  if (breakEven.length === 0) return null;
  const rows = breakEven.toSorted((a, b) => a.subject.localeCompare(b.subject) || a.workerMs - b.workerMs);
  return {
    id: 'break-even',
    title: 'The hop against the work',
    lead: `One connection, closed loop, client ${clientOf(results, 'payloads')}. The Worker's own time is the median of ${baseline} less that of an empty Worker; the hop is what a pair takes more, and its share that of both together.`,
    header: ['arm', 'workload', 'request', 'Worker ms', 'hop ms', '95% interval', 'share'],
    rows: rows.map(({ subject, workload, requestBytes, workerMs, hopMs, share }) => [
      subject,
      workload,
      requestBytes === null ? '-' : `${Math.round(requestBytes)} B`,
      fixed(workerMs, 3),
      signed(hopMs.estimate),
      range(hopMs.ci95, 3),
      percent(share),
    ]),
    words: 2,
    notes: [],
  };
}
