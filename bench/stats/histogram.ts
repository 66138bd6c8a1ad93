/** Latencies of very many requests in little memory. */
import { build } from 'hdr-histogram-js';

const US_PER_MS = 1000;

/** No request takes as long: this time stands for that of one without an answer. */
const ENDLESS_US = 600e6;

/** Quantiles of a curve: dense towards 1, where the tail is. */
const TICKS_PER_HALVING = 8;

/** Times in integer microseconds up to ten minutes, to three significant digits (HdrHistogram, by Gil Tene). */
export class LatencyHistogram {
  readonly #histogram = build({ highestTrackableValue: ENDLESS_US, numberOfSignificantValueDigits: 3 });

  /** Adds a time; an infinite one is that of a request without an answer. */
  add(us: number): void {
    this.#histogram.recordValue(Math.max(0, Math.min(us, ENDLESS_US)));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** The time in microseconds that a share `q` of all does not exceed; infinite where requests without an answer stand. */
  quantile(q: number): number {
    const rank = Math.max(1, Math.ceil(q * this.count));
    const us = this.#histogram.getValueAtPercentile((rank / this.count) * 100);
    return us < ENDLESS_US ? us : Number.POSITIVE_INFINITY;
  }

  /** Quantiles and their times in milliseconds, eight for each halving of what is left above, as far as there are answers. */
  curve(): [number, number][] {
    const ticks = this.count === 0 ? 0 : Math.floor(TICKS_PER_HALVING * Math.log2(this.count)) + 1;
    const quantiles = Array.from({ length: ticks }, (_, tick) => 1 - 2 ** (-tick / TICKS_PER_HALVING));
    const points = quantiles.map((q): [number, number] => [q, this.quantile(q) / US_PER_MS]);
    return points.filter(([, ms]) => Number.isFinite(ms));
  }
}
