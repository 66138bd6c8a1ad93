import { expect, it } from 'vitest';
import { faultCases } from '../../bench/analysis/resilience.ts';
import { resilienceSection } from '../../bench/report/sections/resilience.ts';
import type { FaultRecord } from '../../bench/run/records.ts';
import { wilson } from '../../bench/stats/interval.ts';

/** What a request that is sent at that time gets, and how long it takes, in milliseconds. */
type Server = (sentMs: number) => readonly [status: number | null, tookMs: number];

const WELL = [200, 2] as const;
const [FROM_MS, TO_MS, END_MS] = [1000, 3000, 5000];

/** A start in which a request is sent every 10 ms. */
function faultRecord(start: number, server: Server, change: Partial<FaultRecord> = {}): FaultRecord {
  const sentMs = Array.from({ length: END_MS / 10 }, (_, i) => i * 10);
  const answers = sentMs.map(server);
  const sentUs = sentMs.map((ms) => ms * 1000);
  const lastByteUs = answers.map(([, tookMs], i) => (sentUs[i] ?? 0) + tookMs * 1000);
  return {
    ...{ kind: 'fault', subject: 'pair-http', fault: 'kill', route: 'inference', start, client: 'undici', seed: 1 },
    load: { kind: 'open', arrivals: 'poisson', ratePerS: 100 },
    ...{ fromMs: FROM_MS, toMs: TO_MS },
    requests: { intendedUs: sentUs, sentUs, firstByteUs: lastByteUs, lastByteUs },
    failures: answers.flatMap(([status], i): FaultRecord['failures'] => {
      if (status === null) return [[i, 'failed']];
      return status === 200 ? [] : [[i, status < 500 ? 'wrong' : 'failed', status]];
    }),
    ...{ elapsedMs: END_MS, clientCpuMs: 1, spinMs: 0, eventLoopUtilization: 0.5 },
    ...change,
  };
}

const isDuring = (ms: number) => ms >= FROM_MS && ms < TO_MS;

/** Calls wait for `waitMs` at first, then a breaker refuses; after the fault it does so for as long again. */
function guarded(waitMs: number): Server {
  return (ms) => {
    if (ms >= FROM_MS && ms < FROM_MS + 50) return [504, waitMs];
    return ms >= FROM_MS && ms < TO_MS + waitMs ? [503, 1] : WELL;
  };
}

it('counts what was right while the fault lasted, and what the others got', () => {
  const [found] = faultCases([faultRecord(1, guarded(200)), faultRecord(2, guarded(400))]);
  expect(found).toMatchObject({ sent: 400, counts: { right: 0, 504: 10, 503: 390 }, share: 0, starts: [0, 0] });
  expect(found?.ci95).toEqual(wilson(0, 400));
  expect(found?.all).toEqual({ right: 1000 - 400 - 20 - 40, 504: 10, 503: 390 + 60 });
});

it('times the first fast refusal from the begin and from the first failure, and what is back and steady from the end', () => {
  const [found] = faultCases([faultRecord(1, guarded(200)), faultRecord(2, guarded(400))]);
  // The first refusal is of the request sent 50 ms after the begin; no call has failed by then.
  expect(found?.detectMs).toMatchObject({ starts: [51, 51], median: 51, worst: 51 });
  expect(found?.afterFailureMs).toMatchObject({ starts: [0, 0] });
  expect(found?.recoverMs).toMatchObject({ starts: [202, 402], median: 202, worst: 402 });
  expect(found?.steadyMs.starts).toEqual([202, 402]);
  const slow = faultCases([
    faultRecord(1, (ms) => (ms === FROM_MS ? [504, 300] : ms > 1400 && isDuring(ms) ? [503, 1] : WELL)),
  ]);
  expect(slow[0]?.afterFailureMs.starts).toEqual([111]);
});

it('has no time for what was not seen before the end', () => {
  const lost: Server = (ms) => (ms < FROM_MS ? WELL : [null, 0]);
  const [found] = faultCases([faultRecord(1, lost), faultRecord(2, (ms) => (isDuring(ms) ? [null, 0] : WELL))]);
  expect(found?.counts).toEqual({ right: 0, lost: 400 });
  expect(found?.detectMs).toEqual({ starts: [null, null], median: null, worst: null, ci95: null });
  expect(found?.recoverMs).toEqual({ starts: [null, 2], median: 2, worst: null, ci95: null });
  const late: Server = (ms) => (ms === END_MS - 100 ? [503, 1] : WELL);
  expect(faultCases([faultRecord(1, late)])[0]).toMatchObject({
    recoverMs: { starts: [2] },
    steadyMs: { starts: [null] },
  });
});

it('tells an answer that is wrong, and takes one that comes too late for none', () => {
  const garbage: Server = (ms) => (isDuring(ms) ? [201, 1] : WELL);
  expect(faultCases([faultRecord(1, garbage)])[0]?.counts).toEqual({ right: 0, wrong: 200 });
  const stuck: Server = (ms) => (isDuring(ms) ? [200, TO_MS - ms] : WELL);
  expect(faultCases([faultRecord(1, stuck)])[0]?.counts).toEqual({ right: 150, hung: 50 });
});

it('marks what was not well before the fault', () => {
  const records = [faultRecord(1, (ms) => (ms < FROM_MS / 5 ? [200, 150] : WELL)), faultRecord(2, () => WELL)];
  const resilience = faultCases(records);
  expect(resilience[0]).toMatchObject({ disturbed: 1, share: 1 });
  const section = resilienceSection({ resilience });
  expect(section?.table.rows[0]?.[2]).toBe('100.0%!');
  expect(section?.notes?.[0]).toContain('In 1 of the starts a tenth of the answers');
});

it('draws the share of right answers over time from the begin of the fault on', () => {
  const [found] = faultCases([faultRecord(1, guarded(0)), faultRecord(2, () => WELL)]);
  expect(found?.availability.slice(0, 5)).toEqual([-1, -0.75, -0.5, -0.25, 0].map((s) => [s, s < 0 ? 1 : 0.5]));
  expect(found?.availability.at(-1)).toEqual([3.75, 1]);
});

it('has a row for each arm and fault, with the cheap routes in it', () => {
  const cheap = { route: 'cheap', load: { kind: 'open', arrivals: 'poisson', ratePerS: 50 } } as const;
  const combined = { subject: 'combined' } as const;
  const down: Server = (ms) => (isDuring(ms) ? [null, 0] : WELL);
  const records = [
    faultRecord(1, guarded(200)),
    faultRecord(1, () => WELL, cheap),
    faultRecord(1, down, combined),
    faultRecord(1, down, { ...combined, ...cheap }),
  ];
  const section = resilienceSection({ resilience: faultCases(records) });
  expect(section?.lead).toContain('100 inferences and 50 requests of cheap routes a second');
  expect(section?.finding).toContain('combined 0.0% (0.0% to 1.9%)');
  expect(section?.finding).toContain('the first refusal: at most pair-http 0 ms');
  expect(section?.table.rows).toEqual([
    ['killed', 'combined', '0.0%', '0.0..1.9', 'never', '2/2', '2/2', 'lost 200', '0.0%'],
    ['killed', 'pair-http', '0.0%', '0.0..1.9', '51/51', '202/202', '202/202', '503 195 504 5', '100.0%'],
  ]);
  expect(section?.pictures).toHaveLength(1);
  expect(section?.notes?.[0]).toBe('Nothing hung.');
  expect(resilienceSection({})).toBeNull();
});
