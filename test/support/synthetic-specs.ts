/** The windows of the synthetic run: what each arm is asked in a start, in every experiment. */
import type { WindowRecord } from '../../bench/run/records.ts';
import { SYNTHETIC_ARMS, SYNTHETIC_PAYLOADS, type SyntheticArm } from './synthetic-arms.ts';

const WORKLOAD = 'penguins';
const SLOWEST_CPU_MS = Math.max(...SYNTHETIC_ARMS.map(({ cpuMs }) => cpuMs));
const CONNECTIONS = [1, 2, 4, 8, 16, 32, 64];
const MAX_RATE_STARTS = 3;

/** A window as it is asked for, with what a request takes of the arm besides its own time. */
export interface SyntheticSpec extends Pick<WindowRecord, 'experiment' | 'workload' | 'client' | 'load' | 'round'> {
  readonly phase?: 'warm-up';
  readonly share?: number;
  readonly beside?: string;
  readonly step?: 'search' | 'confirm';
  readonly requestBytes?: number;
  readonly requests: number;
  readonly extraMs?: number;
}

export function syntheticSpecs(
  arm: SyntheticArm,
  { start, rounds }: { start: number; rounds: number },
): SyntheticSpec[] {
  const closed = (connections: number) => ({ kind: 'closed', connections }) as const;
  const single = {
    experiment: 'single-stream',
    workload: WORKLOAD,
    client: 'fetch',
    load: closed(1),
    requests: 120,
  } as const;
  const busy = { workload: WORKLOAD, client: 'undici', round: 1 } as const;
  const warmUp: SyntheticSpec[] = [1, 2, 3].map((round) => ({ ...single, phase: 'warm-up', round, requests: 20 }));
  const streams: SyntheticSpec[] = Array.from({ length: rounds }, (_, i) => ({ ...single, round: i + 1 }));
  const sweep = CONNECTIONS.map(
    (n): SyntheticSpec => ({ ...busy, experiment: 'sweep', load: closed(n), requests: Math.max(120, 10 * n) }),
  );
  const offered = [0.1, 0.5, 0.8].map(
    (share): SyntheticSpec => ({
      ...busy,
      experiment: 'offered-load',
      share,
      load: open((share * 1000) / SLOWEST_CPU_MS),
      requests: 120,
    }),
  );
  const payloads = Object.entries(SYNTHETIC_PAYLOADS).map(
    ([workload, payload]): SyntheticSpec => ({
      ...busy,
      ...payload,
      experiment: 'payloads',
      workload,
      load: closed(1),
      requests: 120,
    }),
  );
  const mixed = [undefined, 'digits'].map((beside): SyntheticSpec => {
    const spec = { ...busy, experiment: 'mixed', workload: 'health', load: open(300), requests: 120 } as const;
    return beside === undefined ? { ...spec, extraMs: -0.1 } : { ...spec, beside, extraMs: 2 };
  });
  const hasModel = arm.name !== 'null' && arm.name !== 'floor';
  return [
    ...warmUp,
    ...streams,
    ...sweep,
    ...(hasModel || arm.name === 'null' ? payloads : []),
    ...(arm.name === 'null' ? [] : offered),
    ...(hasModel ? mixed : []),
    ...(start <= MAX_RATE_STARTS && arm.name !== 'null' ? probes(arm, start) : []),
  ];
}

function open(ratePerS: number) {
  return { kind: 'open', arrivals: 'poisson', ratePerS: Math.round(ratePerS) } as const;
}

/** A search that finds two thirds of what the arm can do, and is refused at twice as much. */
function probes({ cpuMs }: SyntheticArm, start: number): SyntheticSpec[] {
  const found = (660 + 5 * start) / cpuMs;
  const steps = [
    [found / 2, 'search'],
    [found, 'search'],
    [found * 3, 'search'],
    [found, 'confirm'],
    [found, 'confirm'],
    [found, 'confirm'],
  ] as const;
  return steps.map(([rate, step], i) => {
    const spec = { experiment: 'max-rate', workload: WORKLOAD, client: 'undici', round: i + 1, step } as const;
    return { ...spec, load: open(rate), requests: 1200 };
  });
}
