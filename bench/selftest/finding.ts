/** What a check of the self-test found: figures, each with the bounds that follow from what is known. */
import type { Block } from '../report/document.ts';

/** A figure lies within its bounds or the check failed; what is not a number does not. Infinite bounds are for people to read. */
export interface Figure {
  /** With its unit. */
  readonly name: string;
  readonly got: number;
  readonly low: number;
  readonly high: number;
}

export interface Finding {
  /** What was checked, in a few words. */
  readonly check: string;
  /** None where nothing could be measured. */
  readonly figures: readonly Figure[];
  /** What kept the check from being made or spoiled its windows; null when nothing did. */
  readonly spoiled: string | null;
}

export type Outcome = 'ok' | 'FAILED' | 'skipped';

/** What is right in spite of a spoiled window is right; what is wrong then shows nothing of the benchmark. */
export function outcomeOf({ figures, spoiled }: Finding): Outcome {
  if (figures.length > 0 && figures.every(({ got, low, high }) => got >= low && got <= high)) return 'ok';
  return spoiled === null ? 'FAILED' : 'skipped';
}

/** A figure that people read and nobody judges. */
export function shown(name: string, got: number): Figure {
  return { name, got, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
}

/** Requests without a right answer, of which there must be none. */
export function failures(count: number): Figure {
  return { name: 'requests without a right answer', got: count, low: 0, high: 0 };
}

/** Every check with what was expected and got, and how many were right. */
export function findingBlocks(findings: readonly Finding[]): Block[] {
  const outcomes = findings.map(outcomeOf);
  const blocks = findings.flatMap(({ check, figures, spoiled }, i): Block[] => {
    const why = outcomes[i] === 'skipped' && spoiled !== null ? [spoiled] : [];
    return [
      { kind: 'text', text: `${outcomes[i]?.padEnd(8)} ${check}` },
      { kind: 'list', items: [...figures.map(figureText), ...why] },
    ];
  });
  const count = (outcome: Outcome) => outcomes.filter((other) => other === outcome).length;
  const total = `${count('ok')} ok, ${count('FAILED')} failed, ${count('skipped')} skipped`;
  return [...blocks, { kind: 'answer', text: total }];
}

function figureText({ name, got, low, high }: Figure): string {
  if (!Number.isFinite(low)) return `${name}: ${short(got)}`;
  const most = low === high ? '' : Number.isFinite(high) ? ` to ${short(high)}` : ' or more';
  return `${name}: ${short(got)}, expected ${short(low)}${most}`;
}

function short(value: number): string {
  return String(Number(value.toFixed(3)));
}
