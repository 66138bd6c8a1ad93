/** The parts of the conformance run that need no runtime: what counts as right, groups that break, and the report. */
import { describe, expect, it } from 'vitest';
import { findMismatch } from '../../models/build/conformance/judge.ts';
import { type CaseResult, failed, isRegression, PASSED, refused } from '../../models/build/conformance/outcome.ts';
import { printReport } from '../../models/build/conformance/report.ts';
import { separately } from '../../models/build/conformance/separately.ts';
import { createTensor, type Datatype, type Tensor } from '../../shared/tensor.ts';

function tensor(datatype: Datatype, data: { readonly length: number }, shape = [data.length]): Tensor {
  return createTensor('y', datatype, shape, data);
}

function mismatch(got: Tensor, expected: Tensor): string | undefined {
  return findMismatch([got], [expected]);
}

const fp32 = (...data: number[]) => tensor('FP32', Float32Array.from(data));

describe('an answer', () => {
  it('may differ by a relative 1e-3 and an absolute 1e-7, not by more', () => {
    expect(mismatch(fp32(1000.9, 9e-8), fp32(1000, 0))).toBeUndefined();
    const wrong = 'output "y": expected 1000 at element 0, got 1002 (1 of 2 differ)';
    expect(mismatch(fp32(1002, 0), fp32(1000, 0))).toBe(wrong);
    expect(mismatch(fp32(0, 2e-7), fp32(0, 0))).toMatch(/element 1/);
  });

  it('may have NaN for NaN and an infinity for the same one alone', () => {
    expect(mismatch(fp32(Number.NaN, Infinity, -0), fp32(Number.NaN, Infinity, 0))).toBeUndefined();
    for (const [got, expected] of [
      [Number.NaN, 1],
      [1, Number.NaN],
      [-Infinity, Infinity],
      [3e38, Infinity],
    ] as const) {
      expect(mismatch(fp32(got), fp32(expected))).toMatch(/element 0/);
    }
  });

  it('of FP16 is compared as numbers', () => {
    const half = (bits: number) => tensor('FP16', Uint16Array.of(bits));
    expect(mismatch(half(0x3c01), half(0x3c00))).toBeUndefined();
    expect(mismatch(half(0x3c02), half(0x3c00))).toMatch(/expected 1 at element 0, got 1.00195/);
  });

  it('of integers and texts is exact', () => {
    const int64 = (value: bigint) => tensor('INT64', BigInt64Array.of(value));
    expect(mismatch(int64(2n ** 60n), int64(2n ** 60n))).toBeUndefined();
    expect(mismatch(int64(2n ** 60n + 1n), int64(2n ** 60n))).toMatch(/element 0/);
    expect(mismatch(tensor('BYTES', ['a']), tensor('BYTES', ['b']))).toMatch(/expected b at element 0, got a/);
  });

  it('has the datatype and the exact shape', () => {
    expect(mismatch(fp32(1), tensor('FP64', Float64Array.of(1)))).toBe('output "y": expected FP64 [1], got FP32 [1]');
    expect(mismatch(fp32(1), tensor('FP32', Float32Array.of(1), []))).toBe(
      'output "y": expected FP32 [], got FP32 [1]',
    );
    expect(findMismatch([], [fp32(1)])).toBe('output "y": expected FP32 [1], got none');
  });
});

describe('a job on a group', () => {
  /** Fails when one of `bad` is in the part, naming it or not; else doubles. */
  async function attempt(bad: readonly number[], isNamed: boolean) {
    const parts: number[][] = [];
    const results = await separately<number, string>([1, 2, 3, 4, 5], {
      job: async (items) => {
        parts.push([...items]);
        const spoiler = items.find((item) => bad.includes(item));
        if (spoiler !== undefined) throw new Error(isNamed ? `item <${spoiler}>` : 'something');
        return items.map((item) => `ok ${item}`);
      },
      isNamed: (item, reason) => reason.includes(`<${item}>`),
      onFailure: (reason) => `bad ${reason}`,
      log: () => undefined,
    });
    return { parts, results };
  }

  it('that spoils nothing is done once', async () => {
    const { parts, results } = await attempt([], true);
    expect(parts).toHaveLength(1);
    expect(results).toEqual(['ok 1', 'ok 2', 'ok 3', 'ok 4', 'ok 5']);
  });

  it('loses only those that fail alone, in order', async () => {
    const { parts, results } = await attempt([2, 5], true);
    expect(results).toEqual(['ok 1', 'bad item <2>', 'ok 3', 'ok 4', 'bad item <5>']);
    expect(parts).toEqual([[1, 2, 3, 4, 5], [1, 3, 4, 5], [1, 3, 4], [5], [2]]);
  });

  it('finds those that no error names', async () => {
    const { results } = await attempt([2, 5], false);
    expect(results).toEqual(['ok 1', 'bad something', 'ok 3', 'ok 4', 'bad something']);
  });
});

const result = (name: string, stock = PASSED, baked = stock): CaseResult => ({ suite: 's', name, stock, baked });

it.each([
  ['passes on both', result('a'), false],
  ['is refused by both', result('a', refused('x')), false],
  ['fails on both', result('a', failed('x')), false],
  ['fails on stock only', result('a', failed('x'), PASSED), false],
  ['fails baked where stock passes', result('a', PASSED, failed('x')), true],
  ['is refused baked where stock passes', result('a', PASSED, refused('x')), true],
  ['fails baked where stock refuses', result('a', refused('x'), failed('x')), true],
])('a case that %s', (_, made, expected) => {
  expect(isRegression(made)).toBe(expected);
});

it('the report counts by suite and in all, and gives the reasons', () => {
  const results = [
    result('right'),
    result('declined', refused('no operator')),
    { ...result('wrong', failed('other numbers')), suite: 'longer' },
    { ...result('lost', PASSED, failed('other bits')), suite: 'longer' },
  ];
  expect(printReport(results)).toBe(`\
suite   cases  stock passed  stock refused  stock failed  baked passed  baked refused  baked failed
s           2             1              1             0             1              1             0
longer      2             1              0             1             0              0             2
all         4             2              1             1             1              1             2

refused: 1
  s/declined: no operator

failed by stock: 1
  longer/wrong: other numbers

worse when baked: 1
  longer/lost: stock passed, baked failed: other bits
`);
});
