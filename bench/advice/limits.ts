/** What the run cannot tell of the situation, each with what is missing. */
import { objectiveFit } from './decide.ts';
import type { AdviceFacts } from './facts.ts';
import type { Case } from './ground.ts';
import { MAX_STARTUP_MS, measuredModelMs } from './outlook.ts';
import type { Situation } from './situation.ts';
import { figure, interval } from './words.ts';

type Limit = (one: Case) => string[];

/** The last one is always there. */
export function limitsOf(one: Case): string[] {
  return [whole, hop, objective, load, capacity, model, startUps, memory, cpu, place].flatMap((limit) => limit(one));
}

const whole: Limit = ({ facts: { unusable } }) => (unusable === null ? [] : [`Any of it: ${unusable}.`]);

const hop: Limit = ({ facts: { hopMs, whyNoHop } }) => {
  if (hopMs === null) return [`The hop, and so which one waits less: ${whyNoHop}.`];
  return hopMs.ci95[0] > 0
    ? []
    : [`That the second Worker takes any time: the hop's interval, ${interval(hopMs.ci95)} ms, holds 0.`];
};

const objective: Limit = ({ facts, situation, outlook }) => {
  const { sloMs } = situation;
  if (sloMs === null) return [];
  const fit = objectiveFit(outlook, situation);
  return [
    ...(facts.emptyP99Ms !== null && sloMs < facts.emptyP99Ms
      ? [
          `An objective of ${figure(sloMs)} ms: an empty Worker takes ${figure(facts.emptyP99Ms)} ms at p99 over loopback here.`,
        ]
      : []),
    ...(outlook.p99Ms === null ? ['Whether either meets the objective: no p99 of both for such a model.'] : []),
    ...(fit.one === 'unclear' || fit.two === 'unclear'
      ? [`Whether the objective of ${figure(sloMs)} ms is met: it is inside an interval of p99.`]
      : []),
  ];
};

const load: Limit = ({ facts: { p99 } }) =>
  p99 === null || p99.openLoop
    ? []
    : [`p99 under load: this run has no open loop of both, and one connection never queues.`];

const capacity: Limit = ({ facts: { maxRate }, situation }) => {
  const peak = peakOf(situation);
  const known = Math.min(maxRate.one ?? Number.POSITIVE_INFINITY, maxRate.two ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(known))
    return [`Whether ${figure(peak)} requests/s are served: this run searched no highest rate.`];
  if (peak <= known) return [];
  return [
    `${figure(peak)} requests/s: one process served ${figure(known)} here (${maxRate.objective}), and more processes were ` +
      'not measured. On Cloudflare the platform adds isolates, for both deployments alike.',
  ];
};

/** The mean where that is more. */
function peakOf({ ratePerS, peakPerS }: Situation): number {
  return Math.max(ratePerS, peakPerS ?? ratePerS);
}

const model: Limit = ({ facts, situation: { modelMs } }) => {
  if (modelMs === null) return [];
  if (measuredModelMs(facts) === null)
    return [`A model of ${figure(modelMs)} ms: the CPU of the measured model by itself is not known (no arm floor).`];
  const range = rangeOf(facts);
  if (range === null || (modelMs >= range[0] && modelMs <= range[1])) return [];
  return [
    `A model of ${figure(modelMs)} ms: requests of ${interval(range)} ms were measured, the rest is extrapolated.`,
  ];
};

/** Own time of the Worker in the payloads that were measured; the one model's where there were none. */
function rangeOf(facts: AdviceFacts): readonly [number, number] | null {
  const own = measuredModelMs(facts);
  return facts.modelRangeMs ?? (own === null ? null : [own, own]);
}

const startUps: Limit = ({ facts: { startupMs } }) =>
  startupMs.combined !== undefined && startupMs.gateway !== undefined && startupMs.predictor !== undefined
    ? []
    : [
        `What a release saves: this run measured no start-up. Anything up to the platform's limit of ` +
          `${MAX_STARTUP_MS} ms is allowed for.`,
      ];

const memory: Limit = ({ facts: { memoryMb }, situation: { modelMb } }) =>
  modelMb !== null || memoryMb.predictor !== undefined
    ? []
    : [`Whether it fits the memory of an isolate: this run measured no memory by isolate.`];

const cpu: Limit = ({ costs }) =>
  costs.one !== null && costs.two !== null ? [] : ['What it costs: the CPU a request of such a model is not known.'];

const place: Limit = () => [
  'Anything of Cloudflare itself: the figures are from loopback on one machine. How many isolates ' +
    'there are, and how often they start for want of requests, is a guess.',
];
