/** What can go wrong in a run, done to the records of one in which nothing did. */
import type { Failure } from '../../bench/load/window.ts';
import type { RunRecord, StartRecord, WindowRecord } from '../../bench/run/records.ts';
import type { SyntheticRun } from './run-records.ts';

type WindowChange = (window: WindowRecord) => WindowRecord;

/** The run with the measuring windows changed that are meant. */
export function changeWindows(
  run: SyntheticRun,
  isMeant: (window: WindowRecord) => boolean,
  change: WindowChange,
): SyntheticRun {
  return mapRecords(run, (record) =>
    record.kind === 'window' && record.phase === 'measure' && isMeant(record) ? change(record) : record,
  );
}

/** The run with the records of starts changed that are meant. */
export function changeStarts(
  run: SyntheticRun,
  isMeant: (start: StartRecord) => boolean,
  change: Partial<StartRecord>,
): SyntheticRun {
  return mapRecords(run, (record) => (record.kind === 'start' && isMeant(record) ? { ...record, ...change } : record));
}

/** The run without the records that are meant. */
export function without(run: SyntheticRun, isMeant: (record: RunRecord) => boolean): SyntheticRun {
  return { ...run, records: run.records.filter((record) => !isMeant(record)) };
}

function mapRecords(run: SyntheticRun, change: (record: RunRecord) => RunRecord): SyntheticRun {
  return { ...run, records: run.records.map(change) };
}

/** The window with its first `count` requests failed, or all of them where there are fewer. */
export function failing(count: number, kind: Failure = 'failed'): WindowChange {
  return (window) => {
    const length = Math.min(count, window.requests.sentUs.length);
    return { ...window, failures: Array.from({ length }, (_, i) => [i, kind]) };
  };
}

/** The window with its first `count` requests alone. */
export function shortened(count: number): WindowChange {
  return (window) => {
    const { intendedUs, sentUs, firstByteUs, lastByteUs } = window.requests;
    const first = (times: readonly number[]) => times.slice(0, count);
    const due = { intendedUs: first(intendedUs), sentUs: first(sentUs) };
    return { ...window, requests: { ...due, firstByteUs: first(firstByteUs), lastByteUs: first(lastByteUs) } };
  };
}

/** The window with every request sent 5 ms late: in an open loop the generator's own fault. */
export function late(window: WindowRecord): WindowRecord {
  const shifted = (times: readonly number[]) => times.map((us) => us + 5000);
  const { intendedUs, sentUs, firstByteUs, lastByteUs } = window.requests;
  const requests = { intendedUs, sentUs: shifted(sentUs), firstByteUs: shifted(firstByteUs) };
  return { ...window, requests: { ...requests, lastByteUs: shifted(lastByteUs) } };
}

/** The window with a generator that had no CPU left. */
export function exhausted(window: WindowRecord): WindowRecord {
  return { ...window, clientCpuMs: window.elapsedMs + window.spinMs };
}

/** The window with the time of every request said to be `factor` times as long, and nothing else changed. */
export function saidToTake(factor: number): WindowChange {
  return (window) => {
    const { sentUs, lastByteUs } = window.requests;
    const scaled = lastByteUs.map((last, i) => {
      const sent = sentUs[i] ?? 0;
      return sent + Math.round((last - sent) * factor);
    });
    return { ...window, requests: { ...window.requests, lastByteUs: scaled } };
  };
}

/** The window with `factor` times the CPU of the server. */
export function withCpu(factor: number): WindowChange {
  return (window) => {
    const roles = Object.entries(window.serverCpuMs ?? {});
    return { ...window, serverCpuMs: Object.fromEntries(roles.map(([role, ms]) => [role, ms * factor])) };
  };
}
