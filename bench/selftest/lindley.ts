/** The queue with one server, computed. */

/**
 * Response times of requests that arrive at `arrivals` and take `service` each, served first come, first served: a
 * request waits for what is left of the work before it. All in one unit of time (Lindley, "The Theory of Queues with a
 * Single Server", 1952).
 */
export function lindley(arrivals: readonly number[], service: number): number[] {
  let free = 0;
  return arrivals.map((arrival) => {
    free = Math.max(free, arrival) + service;
    return free - arrival;
  });
}
