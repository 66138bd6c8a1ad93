/** What the run cannot tell of a situation, each with what is missing. */
import { amount, interval } from '../report/format.ts';
import { MAX_STARTUP_MS, measuredModelMs } from './outlook.ts';
import { type Case, exact } from './reasons.ts';

/** A sentence, and whether it applies. */
type Limit = readonly [applies: boolean, text: string];

/** The last one is always there. */
export function limitsOf(one: Case): string[] {
  const limits = [...ofFigures(one), ...ofObjective(one), ofCapacity(one), ofModel(one), ...ofWorkers(one)];
  return [...limits.filter(([applies]) => applies).map(([, text]) => text), PLACE];
}

function ofFigures({ facts: { unusable, hopMs, whyNoHop } }: Case): Limit[] {
  return [
    [unusable !== null, `Any of it: ${unusable}.`],
    [hopMs === null, `The hop, and so which one waits less: ${whyNoHop}.`],
    [
      hopMs !== null && hopMs.ci95[0] <= 0,
      `That the second Worker takes any time: the hop's interval, ${interval(hopMs?.ci95 ?? null)} ms, holds 0.`,
    ],
  ];
}

function ofObjective({ facts: { p99, emptyP99Ms }, situation: { sloMs }, outlook, fit }: Case): Limit[] {
  const slo = exact(sloMs ?? 0);
  const isUnclear = fit.one === 'unclear' || fit.two === 'unclear';
  return [
    [
      sloMs !== null && emptyP99Ms !== null && sloMs < emptyP99Ms,
      `An objective of ${slo} ms: an empty Worker takes ${amount(emptyP99Ms)} ms at p99 over loopback here.`,
    ],
    [sloMs !== null && outlook.p99Ms === null, 'Whether either meets the objective: no p99 of both for such a model.'],
    [isUnclear, `Whether the objective of ${slo} ms is met: it is inside an interval of p99.`],
    [
      p99 !== null && !p99.openLoop,
      'p99 under load: this run has no open loop of both, and one connection never queues.',
    ],
  ];
}

function ofCapacity({ facts: { maxRate }, situation: { ratePerS, peakPerS } }: Case): Limit {
  const peak = Math.max(ratePerS, peakPerS ?? ratePerS);
  const known = Math.min(maxRate.one ?? Number.POSITIVE_INFINITY, maxRate.two ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(known))
    return [true, `Whether ${exact(peak)} requests/s are served: this run searched no highest rate.`];
  return [
    peak > known,
    `${exact(peak)} requests/s: one process served ${amount(known)} here (${maxRate.objective}), and more processes were not ` +
      'measured. On Cloudflare the platform adds isolates, for both deployments alike.',
  ];
}

/** Beyond the Worker's own time in the payloads that were measured; the one model's where there were none. */
function ofModel({ facts, situation: { modelMs } }: Case): Limit {
  const own = measuredModelMs(facts);
  const such = `A model of ${exact(modelMs ?? 0)} ms`;
  if (own === null)
    return [modelMs !== null, `${such}: the CPU of the measured model by itself is not known (no arm floor).`];
  const [low, high] = facts.modelRangeMs ?? [own, own];
  return [
    modelMs !== null && (modelMs < low || modelMs > high),
    `${such}: requests of ${interval([low, high])} ms were measured, the rest is extrapolated.`,
  ];
}

function ofWorkers({ facts: { startupMs, memoryMb }, situation: { modelMb }, costs }: Case): Limit[] {
  const { combined, gateway, predictor } = startupMs;
  return [
    [
      combined === undefined || gateway === undefined || predictor === undefined,
      `What a release saves: this run measured no start-up. Anything up to the platform's limit of ${MAX_STARTUP_MS} ms is ` +
        'allowed for.',
    ],
    [
      modelMb === null && memoryMb.predictor === undefined,
      'Whether it fits the memory of an isolate: this run measured no memory by isolate.',
    ],
    [costs.one === null || costs.two === null, 'What it costs: the CPU a request of such a model is not known.'],
  ];
}

const PLACE =
  'Anything of Cloudflare itself: the figures are from loopback on one machine. How many isolates there are, and how often ' +
  'they start for want of requests, is a guess.';
