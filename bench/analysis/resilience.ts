/** What clients have of an arm whose predictor fails: who got what answer, and when it was noticed and over. */
import { PATIENCE_MS } from '../arms/arms.ts';
import type { FaultRecord } from '../run/records.ts';
import { quantile } from '../stats/distributions.ts';
import { mean, meanInterval, wilson } from '../stats/interval.ts';

const US_PER_MS = 1000;

/** An answer is fast when it comes so soon, in milliseconds: as an error nobody was waited for. */
const FAST_MS = 100;

/** An arm is steady when all is right from then on, for so long at the least. */
const STEADY_MS = 500;

/** Width of a step of availability over time. */
const STEP_MS = 250;

export type FaultCase = ReturnType<typeof faultCases>[number];

/** One of each arm, fault and route, in the order of the records; starts are the units, requests of one share its fate. */
export function faultCases(records: readonly FaultRecord[]) {
  const cases = Map.groupBy(records, ({ subject, fault, route }) => [subject, fault, route].join());
  return [...cases.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const { subject, fault, route, client, load } = first;
    const starts = own.map((record) => ({ ...record, exchanges: exchangesOf(record) }));
    const during = starts.map(({ exchanges, fromMs, toMs }) => exchanges.filter(isSentWithin(fromMs, toMs)));
    const counts = countsOf(during.flat());
    const sent = during.flat().length;
    const times = starts.map(timesOf);
    return {
      subject,
      fault,
      route,
      client,
      load,
      lastedMs: mean(own.map(({ fromMs, toMs }) => toMs - fromMs)),
      /** Of the requests sent while it lasted: how many, what they got, and the share that was right, also by start. */
      sent,
      counts,
      share: counts.right / sent,
      ci95: wilson(counts.right, sent),
      starts: during.map((one) => countsOf(one).right / one.length),
      /** Starts that were not well before the fault: the machine had other things to do. */
      disturbed: own.filter(wasDisturbed).length,
      /** What all requests got, those before and after among them. */
      all: countsOf(starts.flatMap(({ exchanges }) => exchanges)),
      /** Fault's begin to the first fast refusal, and first failure to that. */
      detectMs: summaryOf(times.map(({ detectMs }) => detectMs)),
      afterFailureMs: summaryOf(times.map(({ afterFailureMs }) => afterFailureMs)),
      /** Fault's end to the first right answer, and to the last that is not. */
      recoverMs: summaryOf(times.map(({ recoverMs }) => recoverMs)),
      steadyMs: summaryOf(times.map(({ steadyMs }) => steadyMs)),
      availability: availabilityOf(starts),
    };
  });
}

/** `lost`: no answer, but an end of the connection; `hung`: nothing in time; `wrong`: said to be right; else the status of an error. */
type Outcome = 'right' | 'wrong' | 'lost' | 'hung' | `${number}`;

type Exchange = ReturnType<typeof exchangesOf>[number];

/** When each request was sent and at its end, in milliseconds since the window's start, and what came of it. */
function exchangesOf({ requests, failures }: FaultRecord) {
  const failed = new Map(failures.map(([i, , status]) => [i, outcomeOf(status)]));
  return requests.sentUs.map((sentUs, i) => {
    const [sentMs, endMs] = [sentUs / US_PER_MS, (requests.lastByteUs[i] ?? 0) / US_PER_MS];
    const tookMs = endMs - sentMs;
    const outcome: Outcome = tookMs > PATIENCE_MS ? 'hung' : (failed.get(i) ?? 'right');
    return { sentMs, endMs, tookMs, outcome };
  });
}

function outcomeOf(status: number | undefined): Outcome {
  if (status === undefined) return 'lost';
  return status < 400 ? 'wrong' : `${status}`;
}

function isSentWithin(fromMs: number, toMs: number) {
  return ({ sentMs }: Exchange) => sentMs >= fromMs && sentMs < toMs;
}

function countsOf(exchanges: readonly Exchange[]) {
  const counts: { right: number } & Partial<Record<Outcome, number>> = { right: 0 };
  for (const { outcome } of exchanges) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** Whether a tenth or more of what was asked before the fault was slow or not right. */
export function wasDisturbed(record: FaultRecord): boolean {
  const before = exchangesOf(record).filter(isSentWithin(0, record.fromMs - FAST_MS));
  const took = before.map(({ tookMs, outcome }) => (outcome === 'right' ? tookMs : Number.POSITIVE_INFINITY));
  return (quantile(took, 0.9) ?? 0) > FAST_MS;
}

type Start = Pick<FaultRecord, 'fromMs' | 'toMs'> & { readonly exchanges: readonly Exchange[] };

/** In milliseconds; infinite for what was not seen before the window's end. */
function timesOf({ fromMs, toMs, exchanges }: Start) {
  const firstEnd = (some: readonly Exchange[]) => Math.min(...some.map(({ endMs }) => endMs));
  const isRight = ({ outcome }: Exchange) => outcome === 'right';
  const isRefusal = ({ outcome, tookMs }: Exchange) => Number(outcome) >= 400 && tookMs <= FAST_MS;
  const refusedMs = firstEnd(exchanges.filter(isSentWithin(fromMs, toMs)).filter(isRefusal));
  const failed = exchanges.filter((one) => !isRight(one) && one.endMs >= fromMs && one.sentMs < toMs);
  const after = exchanges.filter(isSentWithin(toMs, Number.POSITIVE_INFINITY));
  const recoverMs = firstEnd(after.filter(isRight)) - toMs;
  const settledMs = Math.max(toMs, ...after.flatMap((one) => (isRight(one) ? [] : one.endMs)));
  const isSteady = (after.at(-1)?.sentMs ?? 0) - settledMs >= STEADY_MS;
  return {
    detectMs: refusedMs - fromMs,
    afterFailureMs: failed.length === 0 ? Number.POSITIVE_INFINITY : Math.max(0, refusedMs - firstEnd(failed)),
    recoverMs,
    steadyMs: isSteady ? Math.max(recoverMs, settledMs - toMs) : Number.POSITIVE_INFINITY,
  };
}

/** Over starts, in milliseconds. What was not seen is longer than all that was; null stands for it. */
function summaryOf(starts: readonly number[]) {
  const known = (ms: number | null) => (ms !== null && Number.isFinite(ms) ? ms : null);
  const interval = starts.every(Number.isFinite) ? meanInterval(starts, 0.95) : null;
  return {
    starts: starts.map(known),
    median: known(quantile(starts, 0.5)),
    worst: known(Math.max(...starts)),
    /** Of the mean. */
    ci95: interval && ([interval.low, interval.high] as const),
  };
}

/** Share of right answers by when they were asked for, in seconds since the fault's begin, all starts together. */
function availabilityOf(starts: readonly Start[]): [number, number][] {
  const all = starts.flatMap(({ exchanges, fromMs }) => exchanges.map((one) => ({ ...one, at: one.sentMs - fromMs })));
  const steps = Map.groupBy(all, ({ at }) => Math.floor(at / STEP_MS));
  const rising = [...steps].sort(([a], [b]) => a - b);
  return rising.map(([step, own]) => [(step * STEP_MS) / 1000, countsOf(own).right / own.length]);
}
