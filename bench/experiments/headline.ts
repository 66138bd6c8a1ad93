/** What is shown while a run measures: the latest window, and what the values so far say of the main question. */
import { compare, type PairedUnit } from '../stats/compare.ts';

interface Latest {
  readonly subject: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Median latencies by subject and start, round by round. */
export class Headline {
  readonly #medians = new Map<string, number[][]>();
  readonly #pair: readonly [string, string] | null;
  #latest: Latest | undefined;
  #text: string | undefined;

  /** Compares the first pair among `subjects` with `baseline`; nothing where there is none. */
  constructor(subjects: readonly string[], baseline: string) {
    const other = subjects.find((name) => name.startsWith('pair-')) ?? subjects.find((name) => name !== baseline);
    this.#pair = other === undefined ? null : [baseline, other];
  }

  /** Adds a single-stream window of a start, from 1. */
  add(start: number, latest: Latest): void {
    this.#latest = latest;
    const starts = this.#medians.get(latest.subject) ?? [];
    this.#medians.set(latest.subject, starts);
    starts[start - 1] = [...(starts[start - 1] ?? []), latest.p50Ms];
  }

  /** Brings the interval up to date: over whole starts only. */
  endStart(): void {
    if (this.#pair === null) return;
    const [a, b] = this.#pair;
    const [ofA, ofB] = [this.#medians.get(a) ?? [], this.#medians.get(b) ?? []];
    const units = ofA.map((values, i): PairedUnit => ({ a: values, b: ofB[i] ?? [] }));
    const compared = compare(units, { lowerIsBetter: true, marginFloor: 0 });
    if (compared === null) return;
    const { estimate, ci95 } = compared.ratio;
    const [low, high] = ci95.map((bound) => bound.toFixed(2));
    this.#text = `${b}/${a} p50 ${estimate.toFixed(2)} (${low}..${high})`;
  }

  shown(): { latest?: Latest; headline?: string } {
    return {
      ...(this.#latest === undefined ? {} : { latest: this.#latest }),
      ...(this.#text === undefined ? {} : { headline: this.#text }),
    };
  }
}
