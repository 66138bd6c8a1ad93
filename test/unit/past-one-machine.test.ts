/** What rates past one machine come to: by hand, on a run whose figures are known. */
import { beforeAll, describe, expect, it } from 'vitest';
import { adviceBlocks } from '../../bench/advice/advice.ts';
import { type AdviceFacts, adviceFacts } from '../../bench/advice/facts.ts';
import { DEFAULT_SITUATION, type Situation } from '../../bench/advice/situation.ts';
import { makeResults } from '../../bench/analysis/make-results.ts';
import { busyThreads, monthlyRequests, paidDollars, serverMonth } from '../../bench/analysis/prices.ts';
import { predict } from '../../bench/analysis/queue.ts';
import type { Results } from '../../bench/analysis/results.ts';
import type { Block } from '../../bench/report/document.ts';
import { pastSection, queueSection } from '../../bench/report/sections/past-one-machine.ts';
import { syntheticRun } from '../support/run-records.ts';

let results: Results;
let facts: AdviceFacts;
beforeAll(async () => {
  results = await makeResults(syntheticRun());
  // Exact, so that what follows can be computed by hand.
  facts = { ...adviceFacts(results), cpuMs: { one: 0.5, two: 0.62, floor: 0.2 }, modelMs: 0.3 };
});

function past(change: Partial<Situation>, of: AdviceFacts = facts) {
  const blocks = adviceBlocks(of, { ...DEFAULT_SITUATION, ...change });
  const [, table, list] = blocks.slice(blocks.findIndex((one) => one.kind === 'heading' && /^Past one/.test(one.text)));
  const rows = table?.kind === 'table' ? table.rows : [];
  return { row: (name: string) => rows.find(([own]) => own === name)?.slice(1), text: itemsOf(list).join('\n') };
}

function itemsOf(block: Block | undefined): readonly string[] {
  return block?.kind === 'list' ? block.items : [];
}

describe('a month past one machine', () => {
  it('is that of the price list with what it includes, and no fee for a binding', () => {
    // 10/s are 26.298 million requests: 5 + 16.298 x 0.30; their 13.149 and 16.305 million ms are included.
    expect(monthlyRequests(10)).toBe(26_298_000);
    expect(paidDollars({ requests: 26_298_000, cpuMs: 0.5 })).toBeCloseTo(9.8894, 10);
    // 1,000/s: 5 + 2,619.8 x 0.30 + (1,314.9 - 30) x 0.02, and (1,630.476 - 30) x 0.02 with two.
    expect(paidDollars({ requests: monthlyRequests(1000), cpuMs: 0.5 })).toBeCloseTo(816.638, 10);
    // 100,000/s: 5 + 262,970 x 0.30 + (131,490 - 30) x 0.02, and (163,047.6 - 30) x 0.02.
    expect(past({}).row('One Worker, a month')).toEqual(['$9.89', '$817', '$81,525']);
    expect(past({}).row('Two Workers, a month')).toEqual(['$9.89', '$823', '$82,156']);
  });

  it('keeps as many threads busy as it has CPU to do, each with an isolate of every Worker', () => {
    expect([busyThreads(10, 0.5), busyThreads(2000, 0.5), busyThreads(2001, 0.5)]).toEqual([1, 1, 2]);
    expect(past({}).row('One Worker, isolates busy')).toEqual(['1', '1', '50']);
    expect(past({}).row('Two Workers, isolates busy')).toEqual(['2 x 1', '2 x 1', '2 x 62']);
  });

  it("is at the user's own model and mix", () => {
    // A model of 10.3 ms in place of 0.3 on half of the requests, 0.2 ms on the others: 5.35 ms.
    const { row } = past({ modelMs: 10.3, cheapShare: 50 });
    expect(row('One Worker, isolates busy')).toEqual(['1', '6', '535']);
  });

  it('names what it takes for granted, and where the platform says so', () => {
    const { text } = past({});
    expect(text).toMatch(/no request that is billed; the CPU of both Workers is/);
    expect(text).toMatch(/\(developers\.cloudflare\.com\/.*\(blog\.cloudflare\.com\//s);
    expect(text).toMatch(/\(here 21\.0 ms of CPU, or 8\.00 and 19\.0\)/);
    expect(past({}, { ...facts, workers: {} }).text).not.toMatch(/\(here/);
  });

  it('is not told of a CPU that was not measured', () => {
    const { row } = past({}, { ...facts, cpuMs: { one: null, two: null, floor: null } });
    expect(row('Two Workers, a month')).toEqual(['-', '-', '-']);
    expect(row('One Worker, isolates busy')).toEqual(['-', '-', '-']);
  });
});

describe('servers behind the gateway', () => {
  const given = { serverDollars: 0.5, serverRate: 5000 };

  it('are as many as take the requests with a model, by the hour, beside the gateway', () => {
    expect(serverMonth(1)).toBeCloseTo(730.5, 10);
    expect(past(given).row('Servers')).toEqual(['1', '1', '20']);
    expect(past({ ...given, cheapShare: 50 }).row('Servers')).toEqual(['1', '1', '10']);
    // 0.32 ms of the pair are not the model's: 5 + 785.94 + (841.536 - 30) x 0.02 + 365.25 at 1,000/s.
    expect(past(given).row('Gateway and servers, a month')?.[1]).toBe('$1,172');
    expect(past(given, { ...facts, gatewayCpuMs: 10.32 }).row('Gateway and servers, a month')?.[1]).toBe('$1,698');
    expect(past(given).text).toMatch(
      /by your figures.*that of pair-rpc without its model. Nothing of them was measured/,
    );
  });

  it('are left out without figures, and said to be where one is missing', () => {
    expect(past({}).row('Servers')).toBeUndefined();
    expect(past({}).text).not.toMatch(/ervers/);
    for (const one of [{ serverDollars: 1 }, { serverRate: 1 }]) {
      expect(past(one).row('Servers')).toBeUndefined();
      expect(past(one).text).toMatch(/No servers are counted: that takes the price of one and the requests/);
    }
  });
});

describe('a latency at a rate that was not measured', () => {
  const sound = () => {
    const { one } = facts.queue;
    if (one === null) throw new Error('expected a queue');
    return { ...facts, queue: { one, two: { ...one, model: { ...one.model, serviceMs: 0.7 } } } };
  };

  it('is that of the queue where it predicted what was held out', () => {
    const { queue } = sound();
    const [a, b] = [queue.one, queue.two].map(({ model }) => predict(model, 800));
    const shown = (ms?: number) => ms?.toFixed((ms ?? 0) < 1 ? 3 : 2);
    const told = `p50 ${shown(a?.p50)} ms and p99 ${shown(a?.p99)} ms with one Worker, ${shown(b?.p50)} and ${shown(b?.p99)} with two`;
    expect(past({ ratePerS: 800 }, sound()).text).toContain(`All 800 requests/s in one isolate would take ${told}: `);
    expect(past({ ratePerS: 800 }, sound()).text).toMatch(/\[derived\]$/);
  });

  it.each<[string, Partial<Situation>, RegExp]>([
    ['beyond what was held out', { ratePerS: 1200 }, /1,200 is not within the 147 to 1,176 requests\/s that were/],
    ['below it', { ratePerS: 10 }, /10.0 is not within/],
    ['for another model', { ratePerS: 800, modelMs: 2 }, /of the measured model alone/],
    ['for another mix', { ratePerS: 800, cheapShare: 1 }, /of the measured model alone/],
  ])('is none %s', (_, change, text) => {
    expect(past(change, sound()).text).toMatch(text);
    expect(past(change, sound()).text).toMatch(/No latency at rates .* \[not supported by the data\]$/);
  });

  it('is none where the queue missed, or there was nothing to hold it against', () => {
    const { one, two } = sound().queue;
    const missed = { ...facts, queue: { one: { ...one, holds: false }, two } };
    expect(past({ ratePerS: 800 }, missed).text).toMatch(
      /did not predict those that were \(p50 off by up to \d+%, 10% allowed; p99/,
    );
    expect(past({}, missed).text).not.toMatch(/invalid/);
    const cells = one.cells.map((cell) => ({ ...cell, isValid: false }));
    const invalid = { ...facts, queue: { one: { ...one, cells, holds: false }, two } };
    expect(past({}, invalid).text).toMatch(/25% allowed; some of it invalid\)/);
    expect(past({ ratePerS: 800 }, { ...facts, queue: { one: null, two } }).text).toMatch(/no two open loads/);
  });
});

describe('the report', () => {
  it('draws what the advice says of arms joined by a binding', () => {
    const section = pastSection(results);
    expect(new Set(section?.table.rows.map(([arm]) => arm))).toEqual(new Set(['combined', 'pair-rpc', 'pair-fetch']));
    expect(section?.finding).toMatch(/combined \$81,\d{3} and 5\d; pair-rpc \$82,\d{3} and 12\d; /);
    expect(section?.pictures?.map((one) => one.kind === 'chart' && one.lines.length)).toEqual([3, 3]);
    expect(pastSection({ ...results, measurements: [] })).toBeNull();
  });

  it('shows the error of every load that was held out, and marks what is too far off', () => {
    const section = queueSection(results);
    expect(section?.table.rows.map(([arm, load]) => `${arm} ${load}`)).toEqual(
      ['floor', 'combined', 'pair-rpc', 'pair-fetch'].flatMap((arm) => [`${arm} 50%`, `${arm} 80%`]),
    );
    const errors = section?.table.rows.map((row) => [row[5], row[8]]) ?? [];
    for (const [p50 = '', p99 = ''] of errors) {
      expect(p50.endsWith('!')).toBe(Math.abs(Number.parseFloat(p50)) > 10);
      expect(p99.endsWith('!')).toBe(Math.abs(Number.parseFloat(p99)) > 25);
    }
    const right = errors.filter((row) => row.every((error) => !error?.endsWith('!'))).length;
    expect(section?.notes?.[0]).toContain(`at p99 in ${right} of 8;`);
    expect(queueSection({ ...results, percentiles: [] })).toBeNull();
  });
});
