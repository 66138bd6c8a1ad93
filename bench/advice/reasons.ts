/**
 * The sentences of the advice: the ground that carries the answer, what the second Worker takes and gives, each with its
 * figure and what that stands on, and what the run cannot tell.
 */
import { amount, interval } from '../report/format.ts';
import type { Estimate } from '../stats/compare.ts';
import { type Decision, decide, type Fit, MAX_ISOLATE_MB, objectiveFit } from './decide.ts';
import type { AdviceFacts, OneAndTwo } from './facts.ts';
import { type Costs, costsOf, type Outlook, outlookOf, startupSaved, weeklyHops } from './outlook.ts';
import type { Situation } from './situation.ts';

/** All that the sentences are made from. */
export interface Case {
  readonly facts: AdviceFacts;
  readonly situation: Situation;
  readonly outlook: Outlook;
  readonly costs: Costs;
  readonly decision: Decision;
  readonly fit: OneAndTwo<Fit>;
}

export function caseOf(facts: AdviceFacts, situation: Situation): Case {
  const outlook = outlookOf(facts, situation);
  return {
    facts,
    situation,
    outlook,
    costs: costsOf(facts, outlook, situation),
    decision: decide(facts, situation),
    fit: objectiveFit(outlook, situation),
  };
}

const measured = (text: string) => `${text} [measured]`;
const derived = (text: string) => `${text} [derived]`;
const unsupported = (text: string) => `${text} [not supported by the data]`;

/** A value as it was typed, or a threshold, which must not be rounded. */
export function exact(value: number): string {
  return Number.isInteger(value) && Math.abs(value) >= 1000 ? amount(value) : String(value);
}

export function dollars(value: number): string {
  return `$${value.toFixed(2)}`;
}

function estimate({ estimate: value, ci95 }: Estimate, unit: string): string {
  return `${amount(value)} ${unit} (95% interval ${interval(ci95)})`;
}

/** Milliseconds from least to most, in the unit that people read. */
function span([low, high]: readonly [number, number]): string {
  const [unit, size] = high < 1000 ? ['ms', 1] : high < 3_600_000 ? ['s', 1000] : ['h', 3_600_000];
  const [from, to] = [amount(low / size), amount(high / size)];
  return from === to ? `${to} ${unit}` : `${from} to ${to} ${unit}`;
}

/** The ground first, then each reason that has a figure, in the order in which they matter. */
export function whyOf(one: Case): string[] {
  const ground = GROUNDS[one.decision.ground](one);
  if (one.facts.unusable !== null) return [ground];
  return [
    ground,
    ...[latency, objective, money, startUp, cold, cheapRoute, memory, capacity].flatMap((why) => why(one)),
    PARTS,
  ];
}

const GROUNDS: Readonly<Record<Decision['ground'], (one: Case) => string>> = {
  unusable: ({ facts }) => unsupported(`The run is incomplete: ${facts.unusable}.`),
  memory: memoryGround,
  objective: (one) => {
    const text = `Within ${exact(one.situation.sloMs ?? 0)} ms: ${bothP99(one)}`;
    return isUnclear(one.fit) ? unsupported(text) : derived(text);
  },
  teams: ({ situation }) =>
    derived(
      `${situation.teams} teams release on their own: with one Worker every release of one is a release of the others' ` +
        'code too. Nothing measured forbids the second Worker; what it takes is below.',
    ),
  sharing: ({ situation: { gateways }, outlook: { memoryMb } }) =>
    derived(
      `${gateways} Workers use this model: inside each it is held ${gateways} times` +
        `${memoryMb.two === null ? '' : ` (${amount(memoryMb.two)} MB an isolate)`} and released ${gateways} times, as a ` +
        'Worker of its own once.',
    ),
  waiting: waitingGround,
};

function memoryGround({ decision, outlook: { memoryMb } }: Case): string {
  const [one, two] = [amount(memoryMb.one), amount(memoryMb.two)];
  return derived(
    decision.answer === 'neither'
      ? `The model's isolate takes ${two} MB, more than the ${MAX_ISOLATE_MB} MB of an isolate even by itself: the model has to ` +
          'run outside, behind the gateway with PREDICTOR_URL.'
      : `In one isolate all of it takes ${one} MB, more than ${MAX_ISOLATE_MB} MB; the predictor by itself takes ${two} MB.`,
  );
}

function waitingGround({ facts, decision, outlook: { waits }, situation }: Case): string {
  const { hopMs, idleMs, savedMs } = waits;
  if (savedMs[1] === 0) return derived('No release saves a start-up, so nothing is gained for the hop.');
  if (hopMs === null) return unsupported(`The hop is not known: ${facts.whyNoHop}.`);
  const text =
    `With two Workers ${amount(weeklyHops(situation))} requests a week wait for the hop, ${span(hopMs)} in all, and starts of ` +
    `both for want of requests take ${span(idleMs)} more; as ${amount(situation.edgeReleases + situation.modelReleases)} ` +
    `releases into ${exact(situation.isolates)} isolates, and requests without a model, start one Worker alone, ` +
    `${span(savedMs)} are saved.`;
  if (decision.answer === 'open') return unsupported(`${text} The intervals overlap.`);
  return derived(`${text} In all ${decision.answer === 'one' ? 'one Worker waits' : 'two Workers wait'} less.`);
}

function isUnclear({ one, two }: OneAndTwo<Fit>): boolean {
  return one === 'unclear' || two === 'unclear';
}

function bothP99({ facts: { p99 }, outlook: { p99Ms } }: Case): string {
  if (p99 === null || p99Ms === null) return 'not measured.';
  return `at p99 one Worker takes ${estimate(p99Ms.one, 'ms')}, two take ${estimate(p99Ms.two, 'ms')}. Measured with ${p99.where}.`;
}

type Reason = (one: Case) => string[];

const latency: Reason = ({ facts: { hopMs, pair } }) =>
  hopMs === null ? [] : [measured(`The hop of ${pair} adds ${estimate(hopMs, 'ms')} to the median.`)];

/** Said by the ground already where it decided. */
const objective: Reason = (one) => {
  const { facts, situation, outlook, decision, fit } = one;
  if (outlook.p99Ms === null || situation.sloMs === null || decision.ground === 'objective') return [];
  const who = fit.two === 'yes' ? 'Both are' : 'One Worker is, two may not be,';
  const text = `${who} within ${exact(situation.sloMs)} ms: ${bothP99(one)}`;
  if (!facts.p99?.openLoop || isUnclear(fit)) return [unsupported(text)];
  return [situation.modelMs === null ? measured(text) : derived(text)];
};

const money: Reason = ({ facts: { hopCpuMs }, costs: { one, two, mostExtraShare } }) => {
  if (hopCpuMs === null || one === null || two === null || mostExtraShare === null) return [];
  return [
    measured(`The hop adds ${estimate(hopCpuMs, 'ms')} of CPU a request.`),
    derived(
      `That is ${dollars(two.dollars.estimate - one.dollars.estimate)} a month at your rate, and less than ` +
        `${amount(mostExtraShare * 100)}% of the bill at any rate: a call over a binding has no request fee. So the price does ` +
        'not decide.',
    ),
  ];
};

const startUp: Reason = ({ facts }) => {
  const { combined, gateway, predictor } = facts.startupMs;
  if (combined === undefined || gateway === undefined || predictor === undefined) return [];
  const [savedMs, hopMs] = [startupSaved(facts, 'gateway')[1], facts.hopMs?.estimate ?? 0];
  const each = `${amount(combined)} ms for one Worker, ${amount(gateway)} ms for the gateway, ${amount(predictor)} ms for the predictor`;
  return [
    measured(`Start-up: ${each}.`),
    ...(hopMs <= 0 || savedMs <= 0
      ? []
      : [
          derived(
            `A release of the edge code saves an isolate ${amount(savedMs)} ms of start-up at most; after ` +
              `${amount(savedMs / hopMs)} requests to that isolate the hop has taken it again.`,
          ),
        ]),
  ];
};

const cold: Reason = ({ facts: { coldMs } }) => {
  if (coldMs.one === null || coldMs.two === null) return [];
  const [one, two] = [estimate(coldMs.one, 'ms'), estimate(coldMs.two, 'ms')];
  return [measured(`From nothing to the first answer, above an empty Worker: ${one} with one, ${two} with both.`)];
};

const cheapRoute: Reason = ({ facts: { cheapBeside, startupMs }, situation: { cheapShare } }) => {
  if (cheapShare === 0) return [];
  const { combined, gateway } = startupMs;
  const isKnown = combined !== undefined && gateway !== undefined;
  const start = isKnown ? `, a start of ${amount(gateway)} ms instead of ${amount(combined)} ms` : '';
  const share = `${exact(cheapShare)}% of requests need no model`;
  const spared = derived(`${share}: with two Workers they make no hop and need only the gateway${start}.`);
  if (cheapBeside === null) return [spared];
  const { ratio, verdict } = cheapBeside;
  const shows = verdict === 'faster' ? 'shows some isolation' : 'shows no isolation';
  const text = `Beside a loaded model the cheap route's p99 with two Workers is ${estimate(ratio, 'times')} that with one: it ${shows}.`;
  return [spared, measured(text)];
};

const memory: Reason = ({ outlook: { memoryMb }, decision, situation }) => {
  if (memoryMb.one === null || memoryMb.two === null || decision.ground === 'memory') return [];
  const text = `The isolate with the model takes ${amount(memoryMb.one)} MB in one Worker, ${amount(memoryMb.two)} MB in two, of ${MAX_ISOLATE_MB} MB.`;
  return [situation.modelMb === null ? measured(text) : derived(text)];
};

const capacity: Reason = ({ facts: { maxRate } }) => {
  if (maxRate.one === null || maxRate.two === null) return [];
  return [
    measured(
      `One process served ${amount(maxRate.one)} requests/s with one Worker and ${amount(maxRate.two)} with two ` +
        `(${maxRate.objective}): both Workers share a thread, here as by default on Cloudflare, so a second adds no capacity.`,
    ),
  ];
};

const PARTS = derived('One Worker is 1 configuration and 1 deploy command, two are 2 of each, in order.');
