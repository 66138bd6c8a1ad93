/**
 * The rule: which deployment, and what decided. First what must hold (memory, the objective), then who releases and who
 * shares, then the time that requests wait. Costs are no part of it: see costs.ts for why they cannot decide.
 */
import type { Estimate } from '../stats/compare.ts';
import type { AdviceFacts, OneAndTwo } from './facts.ts';
import { type Outlook, outlookOf } from './outlook.ts';
import type { Situation } from './situation.ts';

/** One Worker, two Workers, none of both, or what the figures do not say. */
export type Answer = 'one' | 'two' | 'neither' | 'open';

/** What decided. */
export type Ground = 'unusable' | 'memory' | 'objective' | 'teams' | 'sharing' | 'waiting';

export interface Decision {
  readonly answer: Answer;
  readonly ground: Ground;
}

/** Memory of an isolate in MB: https://developers.cloudflare.com/workers/platform/limits/. */
export const MAX_ISOLATE_MB = 128;

/** From so many on, the second Worker is worth its hop whatever that is. */
export const SPLIT_TEAMS = 2;
export const SPLIT_GATEWAYS = 2;

/** Whether an interval is within a limit: not, where all of it is above; unclear, where a part of it is. */
export type Fit = 'yes' | 'no' | 'unclear' | 'unknown';

export function decide(facts: AdviceFacts, situation: Situation): Decision {
  if (facts.unusable !== null) return { answer: 'open', ground: 'unusable' };
  const outlook = outlookOf(facts, situation);
  const [memory, objective] = [memoryFit(outlook), objectiveFit(outlook, situation)];
  const isOut = (which: 'one' | 'two') => memory[which] === 'no' || objective[which] === 'no';
  const excluding = (which: 'one' | 'two'): Ground => (memory[which] === 'no' ? 'memory' : 'objective');
  if (isOut('one') && isOut('two')) return { answer: 'neither', ground: excluding('two') };
  const chosen: Decision = isOut('two')
    ? { answer: 'one', ground: excluding('two') }
    : isOut('one')
      ? { answer: 'two', ground: excluding('one') }
      : prefer(outlook, situation);
  const isUnclear = (chosen.answer === 'one' || chosen.answer === 'two') && objective[chosen.answer] === 'unclear';
  return isUnclear ? { answer: 'open', ground: 'objective' } : chosen;
}

/** Where both would do. */
function prefer(outlook: Outlook, { teams, gateways }: Situation): Decision {
  if (teams >= SPLIT_TEAMS) return { answer: 'two', ground: 'teams' };
  if (gateways >= SPLIT_GATEWAYS) return { answer: 'two', ground: 'sharing' };
  return { answer: byWaiting(outlook), ground: 'waiting' };
}

/**
 * The one with which the requests of a week wait less in all, when that holds over the whole of both intervals. Where
 * releases save nothing, it is one Worker whatever the hop: it is less to deploy.
 */
function byWaiting({ waits: { hopMs, idleMs, savedMs } }: Outlook): Answer {
  if (savedMs[1] === 0) return 'one';
  if (hopMs === null) return 'open';
  if (hopMs[0] + idleMs[0] > savedMs[1]) return 'one';
  return hopMs[1] + idleMs[1] < savedMs[0] ? 'two' : 'open';
}

export function memoryFit({ memoryMb }: Outlook): OneAndTwo<Fit> {
  const check = (mb: number | null): Fit => (mb === null ? 'unknown' : mb <= MAX_ISOLATE_MB ? 'yes' : 'no');
  return { one: check(memoryMb.one), two: check(memoryMb.two) };
}

export function objectiveFit({ p99Ms }: Outlook, { sloMs }: Situation): OneAndTwo<Fit> {
  if (p99Ms === null || sloMs === null) return { one: 'unknown', two: 'unknown' };
  const check = ({ ci95: [low, high] }: Estimate): Fit => (high <= sloMs ? 'yes' : low > sloMs ? 'no' : 'unclear');
  return { one: check(p99Ms.one), two: check(p99Ms.two) };
}
