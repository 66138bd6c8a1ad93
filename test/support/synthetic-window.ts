/**
 * One window of load whose every request time follows from a seed and a few known quantities: what run-records.ts builds
 * its run from. A closed loop sends on the connection that is free first; an open one queues in front of one server.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Load, RequestTimes, WindowResult } from '../../bench/load/window.ts';
import { shuffle } from '../../models/build/shuffle.ts';

export interface SyntheticWindow {
  readonly seed: number;
  readonly load: Load;
  readonly requests: number;
  /** Median time of a request that does not queue, in milliseconds. */
  readonly serviceMs: number;
  /** CPU that it takes of the server and of the client, in milliseconds. */
  readonly cpuMs: number;
  readonly clientCpuMs: number;
}

/** Every twentieth request takes this much longer: the tail. */
const TAIL = 1.5;
const SPREAD = 0.08;
const LAG_US = 100;

/** The answer of a generator to such a window, all of it right. */
export function syntheticWindow(window: SyntheticWindow): WindowResult {
  const requests = window.load.kind === 'closed' ? closedLoop(window, window.load) : openLoop(window, window.load);
  const elapsedMs = Math.max(...requests.lastByteUs) / 1000;
  const spinMs = window.load.kind === 'open' ? elapsedMs * 0.2 : 0;
  return {
    requests,
    failures: [],
    firstFailure: null,
    elapsedMs,
    clientCpuMs: window.clientCpuMs * window.requests + spinMs,
    spinMs,
    eventLoopUtilization: 0.9,
  };
}

/** Times of requests relative to the median: 1 on average but for the tail, in an order of the seed's. */
function multipliers({ seed, requests }: SyntheticWindow): number[] {
  const even = Array.from({ length: requests }, (_, i) => {
    const factor = 1 + SPREAD * ((i + 0.5) / requests - 0.5);
    return i % 20 === 19 ? factor * TAIL : factor;
  });
  return shuffle(even, xoroshiro128plus(seed));
}

function closedLoop(window: SyntheticWindow, { connections }: { readonly connections: number }): RequestTimes {
  const free = Array<number>(connections).fill(0);
  const sentUs: number[] = [];
  const lastByteUs: number[] = [];
  for (const factor of multipliers(window)) {
    const next = free.indexOf(Math.min(...free));
    const sent = free[next] ?? 0;
    free[next] = sent + Math.round(window.serviceMs * 1000 * factor);
    sentUs.push(sent);
    lastByteUs.push(free[next] ?? 0);
  }
  return { intendedUs: sentUs, sentUs, firstByteUs: beforeLast(lastByteUs), lastByteUs };
}

function openLoop(window: SyntheticWindow, { ratePerS }: { readonly ratePerS: number }): RequestTimes {
  const random = xoroshiro128plus(window.seed);
  const times: RequestTimes = { intendedUs: [], sentUs: [], firstByteUs: [], lastByteUs: [] };
  let dueUs = 0;
  let freeUs = 0;
  for (const factor of multipliers(window)) {
    dueUs += Math.ceil((-Math.log(1 - uniformFloat64(random)) / ratePerS) * 1e6);
    const sentUs = dueUs + Math.round(LAG_US * uniformFloat64(random));
    const waitUs = Math.max(0, freeUs - sentUs);
    freeUs = sentUs + waitUs + window.cpuMs * 1000;
    times.intendedUs.push(dueUs);
    times.sentUs.push(sentUs);
    times.lastByteUs.push(sentUs + Math.round(waitUs + window.serviceMs * 1000 * factor));
  }
  return { ...times, firstByteUs: beforeLast(times.lastByteUs) };
}

function beforeLast(lastByteUs: readonly number[]): number[] {
  return lastByteUs.map((last) => last - 10);
}
