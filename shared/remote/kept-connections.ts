/**
 * A fetch over connections that are kept between requests. Servers close one that nobody uses for a while, workerd, Node and
 * uvicorn after five seconds, and a request that goes out on it at that moment is lost. It looks like one that has broken the
 * server, which must not be sent again; so a connection of about that age is tried first, with a question that may be lost.
 *
 * Which connection a request gets is known of workerd's pool, which has the last one used come first, and drops each after
 * five seconds too; nothing there can be set. Deno's own client sends again what was lost in this way.
 */
import type { FetchLike } from './remote-predictor.ts';

/** Idle milliseconds from which on a connection is tried, and those after which it is not there any more. */
const [TRIED_MS, DROPPED_MS] = [4_000, 6_000];

/**
 * Most connections that are tried together: more than one, as requests that come meanwhile would mix them up, and few of
 * the calls that the platform lets a request make.
 */
const TRIED_AT_ONCE = 6;

/** `fetcher` for requests to the server of the Open Inference Protocol v2 at `baseUrl` alone. */
export function tryKept(fetcher: FetchLike, baseUrl: string, nowMs: () => number = Date.now): FetchLike {
  const live = `${baseUrl.replace(/\/+$/, '')}/v2/health/live`;
  /** When each idle connection was used last, in that order. */
  const usedMs: number[] = [];

  const isDoubtful = () => {
    while (nowMs() - (usedMs[0] ?? Number.POSITIVE_INFINITY) >= DROPPED_MS) usedMs.shift();
    return nowMs() - (usedMs.at(-1) ?? Number.POSITIVE_INFINITY) >= TRIED_MS;
  };

  /** Its body is still to come, in a time that counts for nothing here. */
  const send = async (request: Request) => {
    const response = await fetcher.fetch(request);
    usedMs.push(nowMs());
    return response;
  };

  const tryOne = async (signal: AbortSignal) => {
    try {
      await (await send(new Request(live, { signal }))).arrayBuffer();
    } catch {
      // It was closed: it is gone now, and nothing but the question with it.
    }
  };

  return {
    fetch: async (request) => {
      // Those below the last one are as old as it is, or older.
      if (isDoubtful()) await Promise.all(usedMs.splice(-TRIED_AT_ONCE).map(() => tryOne(request.signal)));
      usedMs.pop();
      return send(request);
    },
  };
}
