/** Measures the generator at a high rate, against the empty Worker on workerd. */
import { buildArms } from '../arms/build-arms.ts';
import { pin } from '../arms/processes.ts';
import { startArm } from '../arms/start-arm.ts';
import { ownFault } from '../load/window.ts';
import { peakMemoryMiB } from '../meters/process.ts';
import { type HighRate, highRateOf } from './judge-rate.ts';
import type { Lab, Window } from './lab.ts';

export interface RateCheck {
  readonly ratePerS: number;
  readonly durationMs: number;
}

/** The same load at first for so long: the Worker starts cold, and the generator's code for open loops is not compiled yet. */
const WARM_UP_MS = 5000;
const REPEATS = 2;

/** One window; one that the generator spoiled is measured again, up to twice, as the benchmark does. */
export async function measureHighRate(lab: Lab, { ratePerS, durationMs }: RateCheck): Promise<HighRate> {
  await buildArms(['null'], {});
  const { url, processes, stop } = await startArm('null');
  try {
    if (lab.cores !== null) for (const { pid } of processes) pin(pid, lab.cores.servers);
    const load = { kind: 'open', arrivals: 'poisson', ratePerS } as const;
    const run = (ms: number) => lab.run(url.href, { client: 'undici', load, durationMs: ms });
    await run(WARM_UP_MS);
    let window: Window = await run(durationMs);
    for (let i = 0; i < REPEATS && ownFault(window) !== null; i++) window = await run(durationMs);
    return highRateOf(window, ratePerS, peakMemoryMiB(lab.generatorPid));
  } finally {
    await stop();
  }
}
