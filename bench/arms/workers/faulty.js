/**
 * Stands before a bundle that holds the models, and spoils its inferences for a while: `FAULT` is "KIND,FROM,TO", in
 * milliseconds since 1970. Plain JavaScript, as workerd and Deno take it as it stands.
 */
import bundle from './index.js';

const HANG_MS = 60_000;

/** Some tenths of a second. Counted, as the clock of workerd stands still meanwhile. */
const BURN_TURNS = 1e9;

const FAULTS = {
  throw: () => {
    throw new Error('fault');
  },
  hang: () => new Promise((resolve) => setTimeout(resolve, HANG_MS)),
  burn: () => {
    let turns = 0;
    while (turns < BURN_TURNS) turns += 1;
  },
  memory: () => {
    for (const taken = []; ; ) taken.push(new Array(1e5).fill(Math.random()));
  },
};

async function spoil(text, garbage, answer) {
  const [kind, fromMs, toMs] = text.split(',');
  const now = Date.now();
  if (now < Number(fromMs) || now >= Number(toMs)) return answer();
  if (kind === 'garbage') return garbage();
  await FAULTS[kind]?.();
  return answer();
}

function spoilFetch(text, request, answer) {
  const isInference = request.method === 'POST' && /[/:](infer|predict)$/.test(new URL(request.url).pathname);
  return isInference ? spoil(text, () => new Response('<!DOCTYPE html>'), answer) : answer();
}

/** The methods of a predictor's class. */
const classOf = (Bundle) =>
  class extends Bundle {
    infer(request) {
      return spoil(
        this.env.FAULT,
        () => 'garbage',
        () => super.infer(request),
      );
    }

    fetch(request) {
      return spoilFetch(this.env.FAULT, request, () => super.fetch(request));
    }
  };

export default typeof bundle === 'function'
  ? classOf(bundle)
  : {
      hostname: bundle.hostname,
      fetch: (request, env, context) =>
        spoilFetch(globalThis.Deno?.env.get('FAULT') ?? env.FAULT, request, () => bundle.fetch(request, env, context)),
    };
