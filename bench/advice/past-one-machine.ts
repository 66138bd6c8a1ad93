/**
 * Past one machine, on paper: what rates that no machine here serves cost a month, and how many isolates they keep busy, with
 * each assumption in a line of its own; and a latency at a rate that was not measured where the queue has earned it.
 */
import { busyThreads, monthlyRequests, paidDollars, RATES, serverMonth } from '../analysis/prices.ts';
import { type CheckedQueue, predict, TOLERANCE } from '../analysis/queue.ts';
import type { Block } from '../report/document.ts';
import { amount, percent } from '../report/format.ts';
import { type Outlook, outlookOf } from './decide.ts';

/** A short part of its own. */
export function pastBlocks(outlook: Outlook): Block[] {
  const { one, two } = outlook.cpuMs;
  const [serverRows, serverNotes] = serversOf(outlook);
  const rows = [
    rowOf('One Worker, a month', one, month),
    rowOf('Two Workers, a month', two, month),
    rowOf('One Worker, isolates busy', one, (rate, cpuMs) => count(busyThreads(rate, cpuMs))),
    rowOf('Two Workers, isolates busy', two, (rate, cpuMs) => `2 x ${count(busyThreads(rate, cpuMs))}`),
    ...serverRows,
  ];
  return [
    { kind: 'heading', text: 'Past one machine, on paper' },
    { kind: 'table', head: ['requests/s', ...RATES.map(count)], rows, words: 1 },
    { kind: 'list', items: [...assumptions(outlook), ...serverNotes, latencyText(outlook)] },
  ];
}

function rowOf(name: string, cpuMs: number | null, at: (ratePerS: number, cpuMs: number) => string): string[] {
  return [name, ...RATES.map((rate) => (cpuMs === null ? '-' : at(rate, cpuMs)))];
}

/** What Workers take by the price list, and what is paid beside it, in US dollars. */
function month(ratePerS: number, cpuMs: number, besideDollars = 0): string {
  return `$${amount(paidDollars({ requests: monthlyRequests(ratePerS), cpuMs }) + besideDollars)}`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

/** With where the platform says so of itself. */
function assumptions({ facts: { workers } }: Outlook): string[] {
  const startMs = (name: string) => workers[name]?.startupMs ?? null;
  const [one, gateway, predictor] = [startMs('combined'), startMs('gateway'), startMs('predictor')];
  const starts = one === null ? '' : ` (here ${amount(one)} ms of CPU, or ${amount(gateway)} and ${amount(predictor)})`;
  return [
    'A call over a service binding is no request that is billed; the CPU of both Workers is (developers.cloudflare.com/workers/platform/pricing). CPU is that of this machine.',
    'Isolates busy are the fewest: rate x CPU, on threads that never idle. Two Workers share a thread by default (developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings).',
    'More are started, in any of hundreds of locations, and evicted (developers.cloudflare.com/workers/reference/how-workers-works); no documented setting keeps a minimum, and how many there are is neither published nor billed.',
    `A cold start waits for the start-up of one Worker, or of both${starts}: one in 10,000 requests, says Cloudflare of enterprise traffic (blog.cloudflare.com/eliminating-cold-starts-2-shard-and-conquer).`,
  ];
}

/** The model on servers of the user's own figures, for what needs it, behind the gateway as a Worker. */
function serversOf({ facts, situation }: Outlook): [rows: string[][], notes: string[]] {
  const { serverDollars, serverRate, cheapShare } = situation;
  if (serverDollars === null && serverRate === null) return [[], []];
  if (serverDollars === null || serverRate === null)
    return [[], ['No servers are counted: that takes the price of one and the requests/s that it takes.']];
  const { gatewayCpuMs, pair } = facts;
  const cpuMs = gatewayCpuMs ?? outlookOf(facts, { ...situation, modelMs: 0 }).cpuMs.two;
  const servers = (ratePerS: number) => Math.ceil((ratePerS * (1 - cheapShare / 100)) / serverRate);
  const dollars = (ratePerS: number) => servers(ratePerS) * serverMonth(serverDollars);
  const rows = [
    rowOf('Gateway and servers, a month', cpuMs, (rate, ownMs) => month(rate, ownMs, dollars(rate))),
    ['Servers', ...RATES.map((rate) => count(servers(rate)))],
  ];
  const from = gatewayCpuMs === null ? `that of ${pair} without its model` : 'that of the gateway of pair-http';
  const note = `Servers are by your figures, each busy all day and paid all hours; the Worker's CPU is ${from}. Nothing of them was measured.`;
  return [rows, [note]];
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
