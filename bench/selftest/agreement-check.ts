/** Measures a known delay with our clients and with wrk in turn. */
import { CLIENT_NAMES, type ClientName } from '../load/client.ts';
import type { Floors } from './delay-check.ts';
import type { Agreement } from './judge-clients.ts';
import type { Lab } from './lab.ts';
import { percentileMs } from './response-times.ts';
import type { KnownServer } from './start-known-server.ts';
import { wrkP50Ms } from './wrk.ts';

export interface AgreementCheck {
  readonly delayMs: number;
  readonly rounds: number;
  /** Length of each window, in whole seconds: wrk takes no others. */
  readonly windowS: number;
}

const MS_PER_S = 1000;

/**
 * The lowest of each one's medians over the rounds: other programs on the machine can only add, and the one in whose turn
 * they did is not to blame.
 */
export function measureAgreement(lab: Lab, { delayMs, rounds, windowS }: AgreementCheck): Promise<Agreement[]> {
  return lab.withServer({ kind: 'delay', delayMs }, async (server) => {
    let wrk = Number.POSITIVE_INFINITY;
    const best = new Map<ClientName, Agreement>();
    for (let round = 0; round < rounds; round++) {
      wrk = Math.min(wrk, await wrkWindow(lab, server, windowS));
      for (const client of CLIENT_NAMES) {
        const load = { kind: 'closed', connections: 1 } as const;
        const window = await lab.measure(server, { client, load, durationMs: windowS * MS_PER_S });
        const p50Ms = percentileMs(window, 0.5);
        if (p50Ms >= (best.get(client)?.p50Ms ?? Number.POSITIVE_INFINITY)) continue;
        best.set(client, { client, delayMs, p50Ms, wrkP50Ms: wrk, spoiled: window.spoiled });
      }
    }
    return [...best.values()].map((agreement) => ({ ...agreement, wrkP50Ms: wrk }));
  });
}

/** The floors of all three, wrk's measured now. */
export function measureWrkFloor(lab: Lab, floors: Floors, windowS: number): Promise<Readonly<Record<string, number>>> {
  return lab.withServer({ kind: 'delay', delayMs: 0 }, async (server) => ({
    wrk: await wrkWindow(lab, server, windowS),
    undici: floors.undici,
    fetch: floors.fetch,
  }));
}

function wrkWindow({ cores }: Lab, { url }: KnownServer, durationS: number): Promise<number> {
  return wrkP50Ms({ url, durationS, core: cores?.client ?? null });
}
