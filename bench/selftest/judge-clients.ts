/** Whether our clients measure what `wrk` measures, and what is the least that each of them can measure. */
import type { ClientName } from '../load/client.ts';
import { judgedUnlessSpoiled, ms, percent, type SelftestLine, shown } from './line.ts';

export interface Agreement {
  readonly client: ClientName;
  readonly delayMs: number;
  /** Medians of the same server, closed loop, one connection. */
  readonly p50Ms: number;
  readonly wrkP50Ms: number;
  /** What spoiled the client's window, or null. */
  readonly spoiled: string | null;
}

/**
 * How far a client may be from wrk: 10%. `fetch` alone takes 1.2 to 1.4 ms for its own work after a pause of 10 ms (measured on
 * a quiet machine of two cores; undici 0.6, both far less without a pause), so it is given 20%.
 */
const MARGINS: Readonly<Record<ClientName, number>> = { fetch: 0.2, undici: 0.1 };

/** The client's median is within its margin of wrk's. */
export function judgeAgreement({ client, delayMs, p50Ms, wrkP50Ms, spoiled }: Agreement): SelftestLine {
  const off = p50Ms / wrkP50Ms - 1;
  const margin = MARGINS[client];
  const line = {
    check: `${client} and wrk on a server that answers in ${delayMs} ms`,
    ok: Math.abs(off) <= margin,
    expected: `p50 within ${percent(margin, 0)} of wrk's ${ms(wrkP50Ms)}`,
    got: `p50 of ${ms(p50Ms)}, ${percent(Math.abs(off))} ${off < 0 ? 'less' : 'more'}`,
  };
  return judgedUnlessSpoiled(line, spoiled);
}

/** Medians on a server that answers at once, which are the clients' own; nothing is subtracted from anything. */
export function showFloors(floors: Readonly<Record<string, number>>): SelftestLine {
  const texts = Object.entries(floors).map(([client, p50Ms]) => `${client} ${ms(p50Ms)}`);
  return shown('floor of each client: a server that answers at once', `p50 of ${texts.join(', ')}`);
}
