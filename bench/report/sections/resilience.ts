/** What clients have of each arm while its predictor fails: a row an arm and fault, and availability over time. */
import type { FaultCase } from '../../analysis/resilience.ts';
import type { Results } from '../../analysis/results.ts';
import { FAULT_DEADLINE_MS, FAULTS, type Fault, PATIENCE_MS } from '../../arms/arms.ts';
import { mean } from '../../stats/interval.ts';
import { type Chart, type Section, tableOf } from '../document.ts';
import { fixed, interval, listed, percent } from '../format.ts';

const TITLES: Readonly<Record<Fault, string>> = {
  throw: 'throws',
  hang: 'waits for ever',
  burn: 'burns CPU',
  memory: 'out of memory',
  kill: 'killed',
  garbage: 'answers garbage',
};

/** Null where nothing was made to fail; a run from before this experiment has no such member. */
export function resilienceSection({ resilience = [] }: Partial<Results>): Section | null {
  const cases = sorted(resilience);
  const rows = cases.filter(({ route }) => route === 'inference');
  const cheapOf = ({ subject, fault }: FaultCase) =>
    resilience.find((one) => one.route === 'cheap' && one.subject === subject && one.fault === fault);
  const [first] = rows;
  if (first === undefined) return null;
  const starts = Math.max(...rows.map((one) => one.starts.length));
  const rates = [first, cheapOf(first)].map(rateOf);
  return {
    id: 'resilience',
    title: 'While the predictor fails',
    lead: `Each arm with each fault, ${starts} starts of new processes; open loop, client ${first.client}: ${rates[0]} inferences and ${rates[1]} requests of cheap routes a second. Right: share of the inferences sent while the fault lasts, with its Wilson interval; instead: what the others got. Milliseconds, the median of the starts and the worst: from the fault's begin to the first refusal within 100 ms (noticed); from its end, a lost process listening again, to the first right answer (back) and to the last other one (steady). Gateways have DEADLINE_MS=${FAULT_DEADLINE_MS}; hung: nothing within ${PATIENCE_MS} ms. +second: with PREDICTOR_FALLBACK_URL.`,
    finding: findingOf(rows.filter(({ fault }) => fault === 'kill')),
    pictures: [...Map.groupBy(cases, ({ fault }) => fault)].map(chartOf),
    reading:
      "Share of right answers by when they were asked for; faint: the cheap routes'. Shaded: the fault. Steps of a quarter of a second, all starts together.",
    table: tableOf(rows, 2, [
      ['fault', ({ fault }) => TITLES[fault]],
      ['arm', ({ subject }) => subject],
      ['right', ({ share, disturbed }) => `${tenths(share)}${disturbed > 0 ? '!' : ''}`],
      ['95%', ({ ci95 }) => ci95.map((end) => fixed(end * 100, 1)).join('..')],
      ['noticed', (one) => (one.share === 1 ? '-' : timesText(one.detectMs))],
      ['back', ({ recoverMs }) => timesText(recoverMs)],
      ['steady', ({ steadyMs }) => timesText(steadyMs)],
      ['instead', insteadOf],
      ['cheap', (one) => tenths(cheapOf(one)?.share ?? Number.NaN)],
    ]),
    notes: [...disturbedNotes(rows), hungNote(cases), ...NOTES],
  };
}

const NOTES = [
  'The fault meets inferences alone, in the Worker that holds the models. In combined nobody stands before it: what it does not answer, no one else does, and what is garbage is taken for an answer.',
  'Who waits leaves its thread to others. Who burns CPU, here some tenths of a second a request, keeps the thread from all Workers of the process: combined and pair-rpc answer nothing else meanwhile, and the deadline of the gateway, a timer on that thread, comes late. A predictor in a process of its own takes nothing but its own answers along. On Cloudflare both Workers of a binding share a thread as well, until the limit of CPU ends the call.',
  'Out of memory and killed are ends of the process: all of combined and of pair-rpc is gone. On Cloudflare that is an isolate, and another one begins with the next request. A process that runs out of memory is started again at once, and does so again as long as the fault lasts.',
];

const ARM_ORDER = ['combined', 'pair-rpc', 'pair-http', 'pair-http+second', 'deno-pair'];

/** By fault, then by arm: the order of measuring is a random one. */
function sorted(cases: readonly FaultCase[]): FaultCase[] {
  const place = ({ fault, subject }: FaultCase) =>
    FAULTS.indexOf(fault) * ARM_ORDER.length + ARM_ORDER.indexOf(subject);
  return cases.toSorted((a, b) => place(a) - place(b));
}

const tenths = (share: number) => percent(share, 1);

function rateOf(one: FaultCase | undefined): string {
  return one?.load.kind === 'open' ? String(one.load.ratePerS) : 'no';
}

function timesText({ median, worst }: FaultCase['detectMs']): string {
  return median === null ? 'never' : `${fixed(median, 0)}/${worst === null ? 'never' : fixed(worst, 0)}`;
}

function insteadOf({ counts: { right: _, ...others } }: FaultCase): string {
  const told = Object.entries(others).map(([outcome, count]) => `${outcome} ${count}`);
  return told.join(' ') || '-';
}

function findingOf(killed: readonly FaultCase[]): string {
  if (killed.length === 0) return 'No predictor was killed.';
  const shares = killed.map(({ subject, share, ci95 }) => `${subject} ${tenths(share)} (${interval(ci95, tenths)})`);
  const refusals = killed.flatMap(({ subject, afterFailureMs: { worst } }) =>
    worst === null ? [] : `${subject} ${fixed(worst, 0)} ms`,
  );
  const noticed =
    refusals.length === 0 ? '' : ` From the first failure to the first refusal: at most ${listed(refusals)}.`;
  return `While the predictor was killed, right were of ${listed(shares)}.${noticed}`;
}

function disturbedNotes(cases: readonly FaultCase[]): string[] {
  const count = cases.reduce((sum, { disturbed }) => sum + disturbed, 0);
  const text = `! In ${count} of the starts a tenth of the answers or more was late or wrong before the fault, also when they were repeated: the machine had other things to do.`;
  return count === 0 ? [] : [text];
}

/** Whatever hung, in any phase of a window, of both routes. */
function hungNote(cases: readonly FaultCase[]): string {
  const own = cases.filter(({ all }) => all.hung !== undefined);
  const hung = Map.groupBy(own, ({ subject, fault }) => `${subject} (${TITLES[fault]})`);
  const told = [...hung].map(([name, all]) => `${name} ${all.reduce((sum, one) => sum + (one.all.hung ?? 0), 0)}`);
  return told.length === 0 ? 'Nothing hung.' : `Hung of all requests of both routes: ${told.join(', ')}.`;
}

function chartOf([fault, own]: readonly [Fault, readonly FaultCase[]]): Chart {
  const lines = own.map(({ subject, route, availability }) => {
    const path = availability.map(([s, share]) => [s, share * 100] as const);
    return route === 'cheap' ? { subject, path, shape: 'faint' as const } : { subject, path };
  });
  const lasted = mean(own.map(({ lastedMs }) => lastedMs)) / 1000;
  const y = { label: `${TITLES[fault]}: right, %`, ends: [0, 100] } as const;
  return { kind: 'chart', x: { label: 's since it began' }, y, lines, shaded: [[0, lasted]] };
}
