/** Past one machine: what the measured CPU comes to at rates that none here serves, and whether a queue foretells latencies. */
import { busyThreads, monthlyRequests, paidDollars, RATES } from '../../analysis/prices.ts';
import { checkedQueue, TOLERANCE } from '../../analysis/queue.ts';
import type { Results } from '../../analysis/results.ts';
import { isPair } from '../../analysis/subjects.ts';
import { type Chart, type Column, type Section, tableOf } from '../document.ts';
import { amount, fixed, percent } from '../format.ts';
import { findMeasurement, isBusy, measuredSubjects } from '../lookup.ts';

/** Joined by bindings, so that one request is billed, whatever the Workers. */
const BOUND = ['combined', 'pair-rpc', 'pair-fetch'];

/** Of one Worker and of pairs joined by a binding. */
export function pastSection(results: Results): Section | null {
  const arms = BOUND.flatMap((subject) => {
    const cpu = findMeasurement(results, { subject, metric: 'cpuMsPerRequest', which: isBusy });
    return cpu === null || cpu.estimate === null || cpu.invalid !== null ? [] : { subject, cpuMs: cpu.estimate };
  });
  const [first] = arms;
  if (first === undefined) return null;
  type Arm = typeof first;
  const isolates = ({ subject, cpuMs }: Arm, rate: number) => busyThreads(rate, cpuMs) * (isPair(subject) ? 2 : 1);
  const dollars = ({ cpuMs }: Arm, rate: number) => paidDollars({ requests: monthlyRequests(rate), cpuMs });
  const chart = (label: string, y: typeof dollars): Chart => {
    const path = (arm: Arm) =>
      Array.from({ length: 17 }, (_, i) => 10 ** (1 + i / 4)).map((x) => [x, y(arm, x)] as const);
    const points = (arm: Arm) => RATES.map((x) => ({ x, y: y(arm, x) }));
    const lines = arms.map((arm) => ({ subject: arm.subject, path: path(arm), points: points(arm) }));
    return { kind: 'chart', x: { label: 'requests/s', isLog: true }, y: { label, isLog: true }, lines };
  };
  const rows = arms.flatMap((arm) => RATES.map((rate) => ({ arm, rate })));
  const [, , most] = RATES;
  const told = arms.map((arm) => `${arm.subject} $${amount(dollars(arm, most))} and ${isolates(arm, most)}`);
  return {
    id: 'past-one-machine',
    title: 'Past one machine, on paper',
    lead: 'From CPU a request at 8 connections and the public price list, for an account that does nothing else. Isolates are the fewest, as if their threads never idled; two Workers share a thread. `npm run bench -- advise` names each assumption.',
    finding: `${amount(most)} requests/s take, in dollars a month and isolates: ${told.join('; ')}.`,
    pictures: [chart('dollars a month', dollars), chart('isolates busy, at the least', isolates)],
    reading: 'All axes are logarithmic.',
    table: tableOf(rows, 1, [
      ['arm', ({ arm }) => arm.subject],
      ['requests/s', ({ rate }) => rate.toLocaleString('en')],
      ['$ a month', ({ arm, rate }) => amount(dollars(arm, rate))],
      ['isolates', ({ arm, rate }) => String(isolates(arm, rate))],
    ]),
  };
}

/** A row for each load that was held out, whichever way it comes out. */
export function queueSection(results: Results): Section | null {
  const cells = measuredSubjects(results).flatMap((subject) => checkedQueue(results, subject)?.cells ?? []);
  if (cells.length === 0) return null;
  const errorText = ({ error, holds }: (typeof cells)[number]['p50'], isValid: boolean) =>
    error === null ? '-' : `${error > 0 ? '+' : ''}${percent(error, 1)}${holds && isValid ? '' : '!'}`;
  const columnsOf = (name: 'p50' | 'p99'): Column<(typeof cells)[number]>[] => [
    [`${name} foretold`, (cell) => fixed(cell[name].predicted, 2)],
    ['measured', (cell) => fixed(cell[name].measured, 2)],
    ['error', (cell) => errorText(cell[name], cell.isValid)],
  ];
  const right = cells.filter(({ isValid, p50, p99 }) => isValid && p50.holds && p99.holds).length;
  return {
    id: 'queue',
    title: 'Latencies of a queue',
    lead: 'One isolate as a queue with one server, simulated: Poisson arrivals, CPU at 8 connections as service time, and what a request takes besides waiting drawn from the response times at the lowest open load. The loads above are held out.',
    table: tableOf(cells, 1, [
      ['arm', ({ subject }) => subject],
      ['load', ({ share }) => percent(share)],
      ['req/s', ({ ratePerS }) => fixed(ratePerS, 0)],
      ...columnsOf('p50'),
      ...columnsOf('p99'),
    ]),
    notes: [
      `Within ${percent(TOLERANCE.p50)} at p50 and ${percent(TOLERANCE.p99)} at p99 in ${right} of ${cells.length}; ! where not, or invalid. Advice at rates that were not measured takes it where it holds in all of the arm's.`,
    ],
  };
}
