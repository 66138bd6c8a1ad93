/** Why the rule answers what it does: the one sentence that carries the answer, with its figures. */
import type { Costs } from './costs.ts';
import { type Decision, MAX_ISOLATE_MB, objectiveFit } from './decide.ts';
import type { AdviceFacts } from './facts.ts';
import { type Outlook, weeklyHops } from './outlook.ts';
import type { Situation } from './situation.ts';
import { derived, type Statement, unsupported } from './statement.ts';
import { count, duration, estimate, figure, interval } from './words.ts';

/** All that the sentences of the advice are made from. */
export interface Case {
  readonly facts: AdviceFacts;
  readonly situation: Situation;
  readonly outlook: Outlook;
  readonly costs: Costs;
  readonly decision: Decision;
}

export function groundOf(one: Case): Statement {
  return GROUNDS[one.decision.ground](one);
}

const GROUNDS: Readonly<Record<Decision['ground'], (one: Case) => Statement>> = {
  unusable: ({ facts }) => unsupported(`The run is incomplete: ${facts.unusable}.`),
  memory: memoryGround,
  objective: objectiveGround,
  teams: ({ situation }) =>
    derived(
      `${situation.teams} teams release on their own: with one Worker every release of one is a release of the others' ` +
        'code too. Nothing measured forbids the second Worker; what it takes is below.',
    ),
  sharing: ({ situation, outlook }) =>
    derived(
      `${situation.gateways} Workers use this model: inside each it is held ${situation.gateways} times` +
        `${outlook.memoryMb.two === null ? '' : ` (${figure(outlook.memoryMb.two)} MB an isolate)`} and released ` +
        `${situation.gateways} times, as a Worker of its own once.`,
    ),
  waiting: waitingGround,
};

function memoryGround({ decision, outlook: { memoryMb } }: Case): Statement {
  const need = (mb: number | null) => figure(mb ?? 0);
  if (decision.answer === 'neither') {
    return derived(
      `The model's isolate takes ${need(memoryMb.two)} MB, more than the ${MAX_ISOLATE_MB} MB of an isolate even by itself: ` +
        'the model has to run outside, behind the gateway with PREDICTOR_URL.',
    );
  }
  return derived(
    `In one isolate all of it takes ${need(memoryMb.one)} MB, more than ${MAX_ISOLATE_MB} MB; the predictor by itself takes ` +
      `${need(memoryMb.two)} MB.`,
  );
}

function objectiveGround({ facts, outlook, situation }: Case): Statement {
  const { p99Ms } = outlook;
  if (p99Ms === null || situation.sloMs === null) return unsupported('The objective was not checked.');
  const both = `one Worker takes ${estimate(p99Ms.one, 'ms')} at p99, two take ${estimate(p99Ms.two, 'ms')}`;
  const fit = objectiveFit(outlook, situation);
  const text = `Within ${figure(situation.sloMs)} ms: ${both}. Measured with ${facts.p99?.where ?? 'nothing'}.`;
  return fit.one === 'unclear' || fit.two === 'unclear' ? unsupported(text) : derived(text);
}

function waitingGround({ facts, decision, outlook, situation }: Case): Statement {
  const { hopMs, idleMs, savedMs } = outlook.waits;
  if (savedMs[1] === 0) return derived('No release saves a start-up, so nothing is gained for the hop.');
  if (hopMs === null) return unsupported(`The hop is not known: ${facts.whyNoHop}.`);
  const releases = situation.edgeReleases + situation.modelReleases;
  const text =
    `With two Workers ${count(weeklyHops(situation))} requests a week wait for the hop, ${span(hopMs)} in all, and starts of ` +
    `both for want of requests take ${span(idleMs)} more; as ${figure(releases)} releases into ${count(situation.isolates)} ` +
    `isolates, and requests without a model, start one Worker alone, ${span(savedMs)} are saved.`;
  if (decision.answer === 'open') return unsupported(`${text} The intervals overlap.`);
  return derived(`${text} In all ${decision.answer === 'one' ? 'one Worker waits' : 'two Workers wait'} less.`);
}

/** From least to most, once where both read the same. */
function span([low, high]: readonly [number, number]): string {
  const [from, to] = [duration(low), duration(high)];
  return from === to ? from : low >= 0 ? `${from} to ${to}` : `${interval([low, high])} ms`;
}
