/**
 * Comparisons of two known servers, made as the benchmark makes them: fresh processes in every start, rounds in balanced
 * random order, one schedule and sequence of payloads for both.
 */
import { balancedOrder, seedOf } from '../experiments/plan.ts';
import type { PairedUnit } from '../stats/compare.ts';
import { mean } from '../stats/interval.ts';
import type { Behaviour } from './behaviour.ts';
import type { Asked, Lab } from './lab.ts';
import { percentileMs } from './response-times.ts';
import type { KnownServer } from './start-known-server.ts';

export interface PairsCheck {
  readonly a: Behaviour;
  readonly b: Behaviour;
  readonly starts: number;
  readonly rounds: number;
  readonly windowMs: number;
  readonly warmUpMs: number;
  readonly seed: number;
}

export interface Pairs {
  /** Medians in milliseconds, by start and round. */
  readonly units: readonly PairedUnit[];
  /** Mean difference b - a of the medians that the servers themselves saw. */
  readonly serversDeltaMs: number;
  /** What spoiled a window of them, the last such thing; or null. */
  readonly spoiled: string | null;
}

interface Side {
  readonly server: KnownServer;
  readonly p50Ms: number[];
  readonly serverP50Ms: number[];
  spoiled: string | null;
}

const ASKED: Pick<Asked, 'client' | 'load'> = { client: 'undici', load: { kind: 'closed', connections: 1 } };

/** Measures all starts; `onStart` is called with the number of each, from 1, before it. */
export async function measurePairs(lab: Lab, check: PairsCheck, onStart: (start: number) => void): Promise<Pairs> {
  const units: PairedUnit[] = [];
  const deltas: number[] = [];
  let spoiled: string | null = null;
  for (let start = 1; start <= check.starts; start++) {
    onStart(start);
    const { a, b } = await measureStart(lab, check, start);
    units.push({ a: a.p50Ms, b: b.p50Ms });
    deltas.push(mean(b.serverP50Ms) - mean(a.serverP50Ms));
    spoiled = a.spoiled ?? b.spoiled ?? spoiled;
  }
  return { units, serversDeltaMs: mean(deltas), spoiled };
}

function measureStart(lab: Lab, check: PairsCheck, start: number): Promise<{ a: Side; b: Side }> {
  return lab.withServer(check.a, (first) =>
    lab.withServer(check.b, async (second) => {
      const [a, b] = [sideOf(first), sideOf(second)];
      const orderSeed = seedOf(check.seed, start);
      for (const side of balancedOrder([a, b], orderSeed, 0)) await warmUp(lab, side, check);
      for (let round = 0; round < check.rounds; round++) {
        const seed = seedOf(check.seed, start, round);
        const asked = { ...ASKED, durationMs: check.windowMs, seed };
        for (const side of balancedOrder([a, b], orderSeed, round)) await measureSide(lab, side, asked);
      }
      return { a, b };
    }),
  );
}

function sideOf(server: KnownServer): Side {
  return { server, p50Ms: [], serverP50Ms: [], spoiled: null };
}

async function warmUp(lab: Lab, { server }: Side, { warmUpMs, seed }: PairsCheck): Promise<void> {
  await lab.run(server.url, { ...ASKED, durationMs: warmUpMs, seed });
}

async function measureSide(lab: Lab, side: Side, asked: Asked): Promise<void> {
  const window = await lab.measure(side.server, asked);
  side.p50Ms.push(percentileMs(window, 0.5));
  side.serverP50Ms.push(window.server.medianMs);
  side.spoiled = window.spoiled ?? side.spoiled;
}
