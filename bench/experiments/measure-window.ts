/**
 * One window of load on one subject, with the CPU that its processes used meanwhile, written down as a record. A window
 * that the generator itself spoiled is measured again, unless another load belonged to it; both stay in the record.
 */
import { ownFault } from '../load/health.ts';
import type { Generator } from '../load/start-generator.ts';
import type { Load, WindowResult } from '../load/window.ts';
import type { WindowExperiment, WindowRecord } from '../run/records.ts';
import { quantile } from '../stats/quantile.ts';
import { seedOf } from './plan.ts';
import type { Start } from './session.ts';
import { type ByRole, cpuByRole, type RunningSubject } from './subject.ts';

export interface WindowSpec {
  readonly experiment: WindowExperiment;
  readonly workload: string;
  readonly client: WindowRecord['client'];
  readonly load: Load;
  readonly durationMs: number;
  readonly round: number;
  readonly phase?: WindowRecord['phase'];
  readonly share?: number;
  readonly beside?: string;
  readonly step?: 'search' | 'confirm';
  /** Of payloads: size of a request's body. */
  readonly requestBytes?: number;
  /** Another generator than the session's, for a second load at the same time. */
  readonly generator?: Generator;
}

/** A subject that stopped answering: the run ends, and says so. */
export class SubjectLost extends Error {}

/** How often a window is measured again that the generator spoiled. */
const REPEATS = 2;

const US_PER_MS = 1000;

/** Measures a window and shows it as progress. Rejects with `SubjectLost` when no request got an answer. */
export async function measureWindow(start: Start, subject: RunningSubject, spec: WindowSpec): Promise<WindowRecord> {
  show(start, subject, spec);
  for (let attempt = 0; ; attempt++) {
    const { record, firstFailure } = await measureOnce(start, subject, spec);
    start.run.write(record);
    if (firstFailure !== null) noteFailure(start, record, firstFailure);
    const isFinal = record.phase === 'warm-up' || record.beside !== undefined || attempt === REPEATS;
    if (isFinal || ownFault(record) === null) return record;
  }
}

async function measureOnce(start: Start, subject: RunningSubject, spec: WindowSpec) {
  const { phase = 'measure', generator = start.generator, ...what } = spec;
  const seed = seedOf(start.plan.seed, start.start, what.round, what.experiment, what.share ?? 0);
  const atMs = start.run.elapsedMs();
  const before = cpuByRole(subject);
  const { firstFailure, ...result } = await generator.run({
    ...what,
    url: subject.url.href,
    subject: subject.name,
    seed,
  });
  const serverCpuMs = difference(before, cpuByRole(subject));
  const { durationMs: _, ...condition } = what;
  const place = { subject: subject.name, start: start.start, seed, atMs };
  const record: WindowRecord = { kind: 'window', phase, ...condition, ...place, ...result, serverCpuMs };
  return { record, firstFailure };
}

function difference(before: ByRole, after: ByRole): ByRole {
  if (before === null || after === null) return null;
  return Object.fromEntries(Object.entries(after).map(([role, value]) => [role, value - (before[role] ?? 0)]));
}

function noteFailure({ run }: Start, { subject, start, requests, failures }: WindowRecord, firstFailure: string): void {
  const sent = requests.sentUs.length;
  const text = `${subject}: ${failures.length} of ${sent} requests of a window in start ${start} had no right answer; the first got ${firstFailure}`;
  run.write({ kind: 'note', subject, text });
  if (failures.length === sent && failures.every(([, kind]) => kind !== 'wrong')) throw new SubjectLost(text);
}

function show({ progress, plan, start, headline, advance }: Start, { name }: RunningSubject, spec: WindowSpec): void {
  const { experiment, phase, durationMs, round } = spec;
  progress.show({
    phase: `${phase === 'warm-up' ? 'warm-up' : experiment} of ${name}`,
    done: advance(durationMs),
    start,
    starts: plan.profile.starts,
    ...(experiment === 'single-stream' && round > 0 ? { round, rounds: plan.profile.rounds } : {}),
    ...headline.shown(),
  });
}

/** Median response time of a window in milliseconds; a request that failed counts as one that never ends. */
export function medianMs({ requests, failures }: Pick<WindowResult, 'requests' | 'failures'>): number {
  return percentileMs({ requests, failures }, 0.5);
}

/** A percentile of the response times of a window in milliseconds, failed requests as infinite. */
export function percentileMs({ requests, failures }: Pick<WindowResult, 'requests' | 'failures'>, q: number): number {
  const times = requests.lastByteUs.map((last, i) => last - (requests.intendedUs[i] ?? 0));
  for (const [i] of failures) times[i] = Number.POSITIVE_INFINITY;
  return (quantile(times, q) ?? Number.NaN) / US_PER_MS;
}

/** Right answers a second of a window. */
export function rateOf({ requests, failures, elapsedMs }: WindowResult | WindowRecord): number {
  return ((requests.sentUs.length - failures.length) / elapsedMs) * 1000;
}
