/** What the second Worker takes and gives in the situation, each with its figure. */
import { MAX_ISOLATE_MB, objectiveFit } from './decide.ts';
import type { Case } from './ground.ts';
import { startupSaved } from './outlook.ts';
import { derived, measured, type Statement, unsupported } from './statement.ts';
import { count, dollars, estimate, figure, interval } from './words.ts';

type Reason = (one: Case) => Statement[];

/** Those that have a figure, in the order in which they matter. */
export function reasonsOf(one: Case): Statement[] {
  return [latency, objective, money, startUp, cold, cheapRoute, memory, capacity, parts].flatMap((reason) =>
    reason(one),
  );
}

const latency: Reason = ({ facts: { hopMs, pair } }) =>
  hopMs === null ? [] : [measured(`The hop of ${pair} adds ${estimate(hopMs, 'ms')} to the median.`)];

/** Said by the ground already where it decided. */
const objective: Reason = ({ facts, outlook, situation: { sloMs, modelMs }, decision, situation }) => {
  const { p99Ms } = outlook;
  if (p99Ms === null || sloMs === null || decision.ground === 'objective') return [];
  const fit = objectiveFit(outlook, situation);
  const text =
    `At p99 one Worker takes ${estimate(p99Ms.one, 'ms')}, two take ${estimate(p99Ms.two, 'ms')}: ` +
    `${fit.two === 'yes' ? 'both' : 'one Worker is, two may not be'} within ${figure(sloMs)} ms. Measured with ${facts.p99?.where}.`;
  if (!facts.p99?.openLoop || fit.one === 'unclear' || fit.two === 'unclear') return [unsupported(text)];
  return [modelMs === null ? measured(text) : derived(text)];
};

const money: Reason = ({ facts: { hopCpuMs }, costs }) => {
  if (hopCpuMs === null || costs.one === null || costs.two === null || costs.mostExtraShare === null) return [];
  return [
    measured(`The hop adds ${estimate(hopCpuMs, 'ms')} of CPU a request.`),
    derived(
      `That is ${dollars(costs.two.dollars - costs.one.dollars)} a month at your rate, and less than ` +
        `${figure(costs.mostExtraShare * 100)}% of the bill at any rate: a call over a binding has no request fee. So the price ` +
        'does not decide.',
    ),
  ];
};

const startUp: Reason = ({ facts }) => {
  const { combined, gateway, predictor } = facts.startupMs;
  if (combined === undefined || gateway === undefined || predictor === undefined) return [];
  const each = `${figure(combined)} ms for one Worker, ${figure(gateway)} ms for the gateway, ${figure(predictor)} ms for the predictor`;
  return [measured(`Start-up: ${each}.`), ...afterRelease(startupSaved(facts, 'gateway')[1], facts.hopMs?.estimate)];
};

/** How soon the hop has taken what a release of the edge code saved. */
function afterRelease(savedMs: number, hopMs: number | undefined): Statement[] {
  if (hopMs === undefined || hopMs <= 0 || savedMs <= 0) return [];
  return [
    derived(
      `A release of the edge code saves an isolate ${figure(savedMs)} ms of start-up at most; after ` +
        `${count(savedMs / hopMs)} requests to that isolate the hop has taken it again.`,
    ),
  ];
}

const cold: Reason = ({ facts: { coldMs } }) => {
  if (coldMs.one === null || coldMs.two === null) return [];
  const [one, two] = [estimate(coldMs.one, 'ms'), estimate(coldMs.two, 'ms')];
  return [measured(`From nothing to the first answer, above an empty Worker: ${one} with one, ${two} with both.`)];
};

const cheapRoute: Reason = ({ facts: { cheapBeside, startupMs }, situation: { cheapShare } }) => {
  if (cheapShare === 0) return [];
  const { combined, gateway } = startupMs;
  const starts =
    combined === undefined || gateway === undefined
      ? []
      : [`a start of ${figure(gateway)} ms instead of ${figure(combined)} ms`];
  const spared = derived(
    `${figure(cheapShare)}% of requests need no model: with two Workers they make no hop and need only the gateway${starts.map((text) => `, ${text}`).join('')}.`,
  );
  if (cheapBeside === null) return [spared];
  const shows = cheapBeside.verdict === 'faster' ? 'shows some isolation' : 'shows no isolation';
  const ratio = `${figure(cheapBeside.ratio.estimate)} times (95% interval ${interval(cheapBeside.ratio.ci95)})`;
  return [
    spared,
    measured(`Beside a loaded model the cheap route's p99 with two Workers is ${ratio} that with one: it ${shows}.`),
  ];
};

const memory: Reason = ({ outlook: { memoryMb }, decision, situation }) => {
  if (memoryMb.one === null || memoryMb.two === null || decision.ground === 'memory') return [];
  const text = `The isolate with the model takes ${figure(memoryMb.one)} MB in one Worker, ${figure(memoryMb.two)} MB in two, of ${MAX_ISOLATE_MB} MB.`;
  return [situation.modelMb === null ? measured(text) : derived(text)];
};

const capacity: Reason = ({ facts: { maxRate } }) => {
  if (maxRate.one === null || maxRate.two === null) return [];
  return [
    measured(
      `One process served ${figure(maxRate.one)} requests/s with one Worker and ${figure(maxRate.two)} with two ` +
        `(${maxRate.objective}): both Workers share a thread, here as by default on Cloudflare, so a second adds no capacity.`,
    ),
  ];
};

const parts: Reason = ({ facts: { unusable } }) =>
  unusable === null
    ? [derived('One Worker is 1 configuration and 1 deploy command, two are 2 of each, in order.')]
    : [];
