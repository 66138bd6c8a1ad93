/** Reads the records of a run once, in order, and keeps what the analysis needs of them. */
import type { RunRecord } from '../run/records.ts';
import { type Counts, type Series, SeriesCollector } from './series.ts';

type Kind = RunRecord['kind'];
type RecordOf<K extends Kind> = Extract<RunRecord, { kind: K }>;

export interface CollectedRun {
  /** In the order in which subjects and conditions first come up. */
  readonly series: readonly Series[];
  readonly counts: (subject: string) => Counts;
  readonly starts: readonly RecordOf<'start'>[];
  readonly coldStarts: readonly RecordOf<'cold-start'>[];
  readonly footprints: readonly RecordOf<'footprint'>[];
  readonly analytics: readonly RecordOf<'analytics'>[];
  readonly notes: readonly RecordOf<'note'>[];
  /** Null when the run was cut off. */
  readonly end: RecordOf<'end'> | null;
}

export async function collect(records: AsyncIterable<RunRecord> | Iterable<RunRecord>): Promise<CollectedRun> {
  const windows = new SeriesCollector();
  const others: RunRecord[] = [];
  for await (const record of records) {
    if (record.kind === 'window') windows.add(record);
    else others.push(record);
  }
  return {
    series: windows.series(),
    counts: (subject) => windows.counts(subject),
    starts: ofKind(others, 'start'),
    coldStarts: ofKind(others, 'cold-start'),
    footprints: ofKind(others, 'footprint'),
    analytics: ofKind(others, 'analytics'),
    notes: ofKind(others, 'note'),
    end: ofKind(others, 'end').at(-1) ?? null,
  };
}

function ofKind<K extends Kind>(records: readonly RunRecord[], kind: K): RecordOf<K>[] {
  return records.filter((record): record is RecordOf<K> => record.kind === kind);
}
