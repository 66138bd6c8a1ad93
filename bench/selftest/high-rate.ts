/** Whether the generator keeps a high rate without being what is measured, against the empty Worker on workerd. */
import { buildArms } from '../arms/build-arms.ts';
import { pin } from '../arms/processes.ts';
import { startArm } from '../arms/start-arm.ts';
import { judgeHealth, ownFault } from '../load/window.ts';
import { peakMemoryMiB } from '../meters/process.ts';
import { quantile } from '../stats/quantile.ts';
import { type Figure, type Finding, shown } from './finding.ts';
import type { Lab, Window } from './lab.ts';

const US_PER_MS = 1000;
const US_PER_S = 1e6;

/** The same load at first for so long: the Worker starts cold, and the generator's code for open loops is not compiled yet. */
const WARM_UP_MS = 5000;
const REPEATS = 2;

/** One window of Poisson arrivals; one that the generator spoiled is measured again, up to twice, as the benchmark does. */
export async function checkHighRate(lab: Lab, ratePerS: number, durationMs: number): Promise<Finding> {
  await buildArms(['null'], {});
  const { url, processes, stop } = await startArm('null');
  try {
    if (lab.cores !== null) for (const { pid } of processes) pin(pid, lab.cores.servers);
    const load = { kind: 'open', arrivals: 'poisson', ratePerS } as const;
    const run = (ms: number) => lab.run(url.href, { load, durationMs: ms });
    await run(WARM_UP_MS);
    let window = await run(durationMs);
    for (let i = 0; i < REPEATS && ownFault(window) !== null; i++) window = await run(durationMs);
    const peakMiB = peakMemoryMiB(lab.generatorPid);
    const memory = peakMiB === null ? [] : [shown('peak memory of the generator, MiB', peakMiB)];
    return {
      check: `open loop at ${ratePerS}/s Poisson against the empty Worker, undici`,
      figures: [...rateFigures(window), ...memory],
      // Being late is excused where other programs held the generator's core, and nowhere else.
      spoiled: window.crowded,
      note: judgeHealth(window),
    };
  } finally {
    await stop();
  }
}

/** The window is one that the benchmark would use. */
export function rateFigures(window: Window): Figure[] {
  const { intendedUs, sentUs } = window.requests;
  const lagsUs = sentUs.map((sent, i) => sent - (intendedUs[i] ?? Number.NaN));
  const spanUs = (sentUs.at(-1) ?? 0) - (sentUs[0] ?? 0);
  return [
    { name: 'rules of a valid window that are broken', got: judgeHealth(window) === null ? 0 : 1, low: 0, high: 0 },
    shown('lag p99, ms', (quantile(lagsUs, 0.99) ?? Number.NaN) / US_PER_MS),
    shown('sent, 1/s', ((sentUs.length - 1) / spanUs) * US_PER_S),
    shown('share of a core besides waiting', (window.clientCpuMs - window.spinMs) / window.elapsedMs),
  ];
}
