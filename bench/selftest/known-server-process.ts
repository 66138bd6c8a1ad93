/**
 * The process of a server whose every answer is known: the first argument is its behaviour, as JSON. It waits by a timer
 * and a loop at the end, because a bare timer is late by up to two milliseconds, and keeps what it really did. Any message
 * asks for its report. Ends with the process that started it.
 */
import { createServer } from 'node:http';
import * as v from 'valibot';
import { createClock } from '../load/loops.ts';
import { quantile } from '../stats/distributions.ts';
import { Behaviour, type ServerReport } from './known-server.ts';

const US_PER_MS = 1000;

/** The empty Worker's answer, which the load generator knows to be right. */
const ANSWER = '{"prediction":0}';

/** Longer than any pause of a self-test: a connection that the server closes would count as a failure. */
const KEEP_ALIVE_MS = 60_000;

const behaviour = v.parse(Behaviour, JSON.parse(process.argv[2] ?? ''));
const clock = createClock();
let isFirst = true;
let freeUs = 0;
/** Of each request: from its arrival to its answer, and from when it was due to its answer. */
let [tookMs, lateMs]: [number[], number[]] = [[], []];

/** When the request that came just now is to be answered. */
function dueAt(nowUs: number): number {
  if (behaviour.kind !== 'queue') return nowUs + behaviour.delayMs * US_PER_MS;
  // By when the work should have been done and not by when it was: lateness does not add up.
  freeUs = Math.max(freeUs, nowUs) + behaviour.serviceMs * US_PER_MS;
  return freeUs;
}

/** Blocks the whole process, as a long garbage collection does. */
function stall(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, durationMs);
}

const server = createServer(async (request, response) => {
  const arrivedUs = clock.nowUs();
  if (isFirst && behaviour.kind === 'stall') setTimeout(stall, behaviour.afterMs, behaviour.stallMs);
  isFirst = false;
  const dueUs = dueAt(arrivedUs);
  request.resume();
  await clock.waitUntil(dueUs);
  const answeredUs = clock.nowUs();
  tookMs.push((answeredUs - arrivedUs) / US_PER_MS);
  lateMs.push((answeredUs - dueUs) / US_PER_MS);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length });
  response.end(ANSWER);
});

process.on('message', () => {
  const report: ServerReport = { medianMs: quantile(tookMs, 0.5) ?? 0, p90LateMs: quantile(lateMs, 0.9) ?? 0 };
  [tookMs, lateMs] = [[], []];
  isFirst = true;
  process.send?.(report);
});
process.on('disconnect', () => process.exit());
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
});
