/**
 * Past one machine, on paper: what rates that no machine here serves cost a month, and how many isolates they keep busy, with
 * each assumption in a line of its own; and a latency at a rate that was not measured where the queue has earned it.
 */
import { busyThreads, monthlyRequests, paidDollars, RATES, serverMonth } from '../analysis/prices.ts';
import { type CheckedQueue, predict, TOLERANCE } from '../analysis/queue.ts';
import type { Block } from '../report/document.ts';
import { amount, percent } from '../report/format.ts';
import { type Outlook, outlookOf } from './decide.ts';

/** Where the platform says so of itself. */
const PRICES = 'developers.cloudflare.com/workers/platform/pricing';
const BINDINGS = 'developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings';
const ISOLATES = 'developers.cloudflare.com/workers/reference/how-workers-works';
const COLD_STARTS = 'blog.cloudflare.com/eliminating-cold-starts-2-shard-and-conquer';

/** A short part of its own. */
export function pastBlocks(outlook: Outlook): Block[] {
  const { one, two } = outlook.cpuMs;
  const row = (name: string, cpuMs: number | null, at: (ratePerS: number, cpuMs: number) => string) => {
    return [name, ...RATES.map((rate) => (cpuMs === null ? '-' : at(rate, cpuMs)))];
  };
  const rows = [
    row('One Worker, a month', one, (rate, cpuMs) => dollars(workersMonth(rate, cpuMs))),
    row('Two Workers, a month', two, (rate, cpuMs) => dollars(workersMonth(rate, cpuMs))),
    row('One Worker, isolates busy', one, (rate, cpuMs) => count(busyThreads(rate, cpuMs))),
    row('Two Workers, isolates busy', two, (rate, cpuMs) => `2 x ${count(busyThreads(rate, cpuMs))}`),
  ];
  const server = serverOf(outlook);
  return [
    { kind: 'heading', text: 'Past one machine, on paper' },
    { kind: 'table', head: ['requests/s', ...RATES.map(count)], rows: [...rows, ...server.rows], words: 1 },
    { kind: 'list', items: [...assumptions(outlook), ...server.notes, latencyText(outlook)] },
  ];
}

function workersMonth(ratePerS: number, cpuMs: number): number {
  return paidDollars({ requests: monthlyRequests(ratePerS), cpuMs });
}

function dollars(value: number): string {
  return `$${amount(value)}`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function assumptions({ facts: { workers } }: Outlook): string[] {
  const startMs = (name: string) => workers[name]?.startupMs ?? null;
  const [one, gateway, predictor] = [startMs('combined'), startMs('gateway'), startMs('predictor')];
  const starts = one === null ? '' : ` (here ${amount(one)} ms of CPU, or ${amount(gateway)} and ${amount(predictor)})`;
  return [
    `A call over a service binding is no request that is billed; the CPU of both Workers is (${PRICES}). CPU is that of this machine.`,
    `Isolates busy are the fewest: rate x CPU, on threads that never idle. Two Workers share a thread by default (${BINDINGS}).`,
    `More are started, in any of hundreds of locations, and evicted (${ISOLATES}); no documented setting keeps a minimum, and how many there are is neither published nor billed.`,
    `A cold start waits for the start-up of one Worker, or of both${starts}: one in 10,000 requests, says Cloudflare of enterprise traffic (${COLD_STARTS}).`,
  ];
}

/** The model on servers of the user's own figures, for what needs it, behind the gateway as a Worker. */
function serverOf(outlook: Outlook): { rows: string[][]; notes: string[] } {
  const { facts, situation } = outlook;
  const { serverDollars, serverRate, cheapShare } = situation;
  if (serverDollars === null && serverRate === null) return { rows: [], notes: [] };
  if (serverDollars === null || serverRate === null)
    return {
      rows: [],
      notes: ['No servers are counted: that takes the price of one and the requests/s that it takes.'],
    };
  const cpuMs = facts.gatewayCpuMs ?? outlookOf(facts, { ...situation, modelMs: 0 }).cpuMs.two;
  const counts = RATES.map((rate) => Math.ceil((rate * (1 - cheapShare / 100)) / serverRate));
  const month = (count: number, i: number) =>
    cpuMs === null ? '-' : dollars(workersMonth(RATES[i] ?? 0, cpuMs) + count * serverMonth(serverDollars));
  const from =
    facts.gatewayCpuMs === null ? `that of ${facts.pair} without its model` : 'that of the gateway of pair-http';
  return {
    rows: [
      ['Gateway and servers, a month', ...counts.map(month)],
      ['Servers', ...counts.map(count)],
    ],
    notes: [
      `Servers are by your figures, each busy all day and paid all hours; the Worker's CPU is ${from}. Nothing of them was measured.`,
    ],
  };
}

/** A latency, or why there is none. */
function latencyText({ facts: { queue, pair }, situation }: Outlook): string {
  const { ratePerS, modelMs, cheapShare } = situation;
  const none = (why: string) => `No latency at rates that were not measured: ${why}. [not supported by the data]`;
  const { one, two } = queue;
  if (one === null || two === null) return none(`no two open loads and CPU of combined and ${pair}`);
  if (!one.holds || !two.holds)
    return none(`a queue with one server did not predict those that were (${missText([one, two])})`);
  if (modelMs !== null || cheapShare > 0) return none('the loads were of the measured model alone');
  const [low, high] = one.ratesPerS;
  const [a, b] = ratePerS < low || ratePerS > high ? [] : [one, two].map(({ model }) => predict(model, ratePerS));
  if (!a || !b)
    return none(`${amount(ratePerS)} is not within the ${amount(low)} to ${amount(high)} requests/s that were`);
  const told = `p50 ${amount(a.p50)} ms and p99 ${amount(a.p99)} ms with one Worker, ${amount(b.p50)} and ${amount(b.p99)} with two`;
  return `All ${amount(ratePerS)} requests/s in one isolate would take ${told}: a queue with one server, which predicted the loads held out. [derived]`;
}

/** The worst errors, and what is allowed. */
function missText(queues: readonly CheckedQueue[]): string {
  const told = (['p50', 'p99'] as const).map((name) => {
    const errors = queues.flatMap(({ cells }) => cells.map((cell) => Math.abs(cell[name].error ?? Number.NaN)));
    const worst = Math.max(...errors.filter((error) => !Number.isNaN(error)), 0);
    return `${name} off by up to ${percent(worst)}, ${percent(TOLERANCE[name])} allowed`;
  });
  const isValid = queues.every(({ cells }) => cells.every((cell) => cell.isValid));
  return [...told, ...(isValid ? [] : ['some of it invalid'])].join('; ');
}
