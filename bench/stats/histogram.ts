/** Latencies of very many requests in little memory. */
import { build, type Histogram } from 'hdr-histogram-js';

const US_PER_MS = 1000;
const HIGHEST_US = 600e6;
const DIGITS = 3;

/** Quantiles of a curve: dense towards 1, where the tail is. */
const TICKS_PER_HALVING = 8;

/** Times in integer microseconds up to ten minutes, to three significant digits (HdrHistogram, by Gil Tene). */
export class LatencyHistogram {
  readonly #histogram: Histogram = build({
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: DIGITS,
    bitBucketSize: 64,
  });
  #endless = 0;

  /** Adds a time; an infinite one is that of a request without an answer. */
  add(us: number): void {
    if (us === Number.POSITIVE_INFINITY) this.#endless += 1;
    else this.#histogram.recordValue(Math.max(0, Math.min(us, HIGHEST_US)));
  }

  get count(): number {
    return this.#histogram.totalCount + this.#endless;
  }

  /** The time in microseconds that a share `q` of all does not exceed; infinite where requests without an answer stand. */
  quantile(q: number): number {
    const rank = Math.max(1, Math.ceil(q * this.count));
    const answered = this.#histogram.totalCount;
    if (rank > answered) return Number.POSITIVE_INFINITY;
    return this.#histogram.getValueAtPercentile((rank / answered) * 100);
  }

  /** Quantiles and their times in milliseconds, eight for each halving of what is left above, as far as there are requests. */
  curve(): [number, number][] {
    const points: [number, number][] = [];
    for (let tick = 0; 2 ** (tick / TICKS_PER_HALVING) <= this.count; tick++) {
      const q = 1 - 2 ** (-tick / TICKS_PER_HALVING);
      const us = this.quantile(q);
      if (Number.isFinite(us)) points.push([q, us / US_PER_MS]);
    }
    return points;
  }
}
