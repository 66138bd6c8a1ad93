import { expect, it } from 'vitest';
import { type JudgedWindow, judgeHealth, ownFault } from '../../bench/load/window.ts';

/** 200 requests, one each 10 ms, that take `responseUs`; `lagUs` of them late. */
function window(changes: { lagUs?: (i: number) => number; responseUs?: number } = {}): JudgedWindow {
  const { lagUs = () => 0, responseUs = 3000 } = changes;
  const intendedUs = Array.from({ length: 200 }, (_, i) => 10_000 * (i + 1));
  const sentUs = intendedUs.map((due, i) => due + lagUs(i));
  return {
    load: { kind: 'open', arrivals: 'constant', ratePerS: 100 },
    requests: { intendedUs, sentUs, firstByteUs: sentUs, lastByteUs: sentUs.map((sent) => sent + responseUs) },
    failures: [],
    elapsedMs: 2000,
    clientCpuMs: 1900,
    spinMs: 1500,
    eventLoopUtilization: 1,
  };
}

it('lets pass what is on time, with right answers, and a generator that mostly waits', () => {
  expect(judgeHealth(window())).toBeNull();
  expect(judgeHealth(window({ lagUs: () => 999 }))).toBeNull();
  expect(judgeHealth(window({ lagUs: (i) => (i === 7 ? 50_000 : 0) }))).toBeNull();
});

it('refuses requests that left late: by 1 ms, or by a fifth of the median response where that is more', () => {
  const late = (i: number) => (i < 5 ? 1500 : 0);
  const reason = 'the generator sent 1% of requests 1.50 ms late or more, over 1.00 ms';
  expect(judgeHealth(window({ lagUs: late }))).toBe(reason);
  expect(ownFault(window({ lagUs: late }))).toBe(reason);
  expect(judgeHealth(window({ lagUs: late, responseUs: 10_000 }))).toBeNull();
});

it('refuses a rate below the scheduled one', () => {
  const slow = (i: number) => i * 200;
  expect(judgeHealth(window({ lagUs: slow, responseUs: 1e6 }))).toBe(
    'the generator sent at 98.0% of the scheduled rate',
  );
});

it('refuses a generator that is busy with other things than waiting', () => {
  expect(judgeHealth({ ...window(), spinMs: 200 })).toBe('the generator used 85% of a core besides waiting');
});

it("refuses wrong answers and windows without any, which are not the generator's fault", () => {
  const wrong: JudgedWindow = { ...window(), failures: [[3, 'wrong']] };
  expect(judgeHealth(wrong)).toBe('1 of 200 answers were wrong or missing');
  expect(ownFault(wrong)).toBeNull();
  const none = { intendedUs: [], sentUs: [], firstByteUs: [], lastByteUs: [] };
  expect(judgeHealth({ ...window(), requests: none })).toBe('no request was sent');
});

it('judges a closed loop by its answers alone: it has no schedule to keep, and is meant to be busy', () => {
  const closed: JudgedWindow = {
    ...window({ lagUs: () => 5000 }),
    load: { kind: 'closed', connections: 8 },
    spinMs: 0,
  };
  expect(judgeHealth(closed)).toBeNull();
});
