/** One window of load on one subject, with the CPU that its processes used meanwhile, written down as a record. */
import { isSearch } from '../analysis/metrics.ts';
import { faultOf, OBJECTIVE } from '../analysis/window-summary.ts';
import type { Generator } from '../load/start-generator.ts';
import type { WindowRecord } from '../run/records.ts';
import { seedOf } from './plan.ts';
import { type ByRole, cpuByRole, difference, type RunningSubject, type Start } from './session.ts';
import type { WindowSpec } from './windows.ts';

/** How often a window is measured again at the most that the generator spoiled. */
const REPEATS = 2;

/**
 * Measures a window, and again one that the generator spoiled; each is a record. `generator`: another for a second load
 * at the same time. Rejects when no request got an answer: the subject is lost, and the run ends.
 */
export async function measureWindow(
  start: Start,
  subject: RunningSubject,
  spec: WindowSpec,
  generator: Generator = start.generator,
): Promise<WindowRecord> {
  const what = spec.phase === 'warm-up' ? 'warm-up' : spec.experiment;
  const { starts, grid } = start.plan.profile;
  start.show(`start ${start.start}/${grid?.starts ?? starts}: ${what} of ${subject.name}`, spec.durationMs);
  for (let attempt = 0; ; attempt++) {
    const { record, firstFailure } = await measureOnce(start, subject, spec, generator);
    start.run.write(record);
    if (firstFailure !== null) noteFailure(start, record, firstFailure);
    if (attempt >= repeatsOf(record) || faultOf(record) === null) return record;
  }
}

/** Nothing is judged of a warm-up; the other load of a mixed window is over; and most probes of a search are overload. */
function repeatsOf(record: WindowRecord): number {
  if (record.phase === 'warm-up' || record.beside !== undefined) return 0;
  return isSearch(record) ? 1 : REPEATS;
}

async function measureOnce(start: Start, subject: RunningSubject, spec: WindowSpec, generator: Generator) {
  const { phase = 'measure', durationMs, ...what } = spec;
  const seed = seedOf(start.plan.seed, start.start, phase, what.round, what.experiment, what.share ?? 0);
  let [atMs, before]: [number, ByRole] = [0, null];
  const onBegin = () => {
    atMs = start.run.elapsedMs();
    before = cpuByRole(subject);
  };
  const service = { url: subject.url.href, replicas: subject.replicas?.map(({ href }) => href), ...what.cell };
  const objective = isSearch(spec) ? OBJECTIVE : undefined;
  const request = { ...what, ...service, durationMs, objective, subject: subject.arm ?? subject.name, seed };
  const { firstFailure, ...result } = await generator.run(request, onBegin);
  const serverCpuMs = difference(before, cpuByRole(subject));
  const place = { subject: subject.name, start: start.start, seed, atMs };
  const record: WindowRecord = { kind: 'window', phase, ...what, ...place, ...result, serverCpuMs };
  return { record, firstFailure };
}

function noteFailure({ run }: Start, { subject, start, requests, failures }: WindowRecord, firstFailure: string): void {
  const sent = requests.sentUs.length;
  const text = `${failures.length} of ${sent} requests of a window in start ${start} had no right answer; the first got ${firstFailure}`;
  run.write({ kind: 'note', subject, text });
  if (failures.length === sent && failures.every(([, kind]) => kind !== 'wrong'))
    throw new Error(`${subject}: ${text}`);
}
