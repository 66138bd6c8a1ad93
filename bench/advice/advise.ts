/**
 * The advice: which deployment suits a situation, why, what each costs, how sure that is and what would flip it. A pure
 * function of a run's figures and the situation, so that a terminal and a browser say the same.
 */
import { type Costs, costsOf } from './costs.ts';
import { type Decision, decide } from './decide.ts';
import type { AdviceFacts } from './facts.ts';
import { type Flip, flipsOf } from './flips.ts';
import { type Case, groundOf } from './ground.ts';
import { limitsOf } from './limits.ts';
import { outlookOf } from './outlook.ts';
import { reasonsOf } from './reasons.ts';
import type { Situation } from './situation.ts';
import type { Statement } from './statement.ts';

export interface Advice {
  readonly facts: AdviceFacts;
  readonly decision: Decision;
  /** The first one carries the answer. */
  readonly why: readonly Statement[];
  readonly costs: Costs;
  readonly flips: readonly Flip[];
  /** What the run cannot tell, for people to read. */
  readonly unsupported: readonly string[];
}

export function advise(facts: AdviceFacts, situation: Situation): Advice {
  const outlook = outlookOf(facts, situation);
  const decision = decide(facts, situation);
  const costs = costsOf(facts, outlook, situation);
  const one: Case = { facts, situation, outlook, costs, decision };
  return {
    facts,
    decision,
    why: facts.unusable === null ? [groundOf(one), ...reasonsOf(one)] : [groundOf(one)],
    costs,
    flips: flipsOf(facts, situation),
    unsupported: limitsOf(one),
  };
}
