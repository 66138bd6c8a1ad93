import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { Results } from '../../bench/analysis/results.ts';
import type { WindowRecord } from '../../bench/run/records.ts';
import { type SyntheticRun, syntheticRun } from '../support/run-records.ts';
import { changeWindows, saidToTake, withCpu } from '../support/synthetic-faults.ts';

const run = syntheticRun({ starts: 2, rounds: 0, arms: ['combined', 'pair-rpc'], experiments: ['sweep'] });

const at = (connections: number) => (window: WindowRecord) =>
  window.subject === 'pair-rpc' && window.load.kind === 'closed' && window.load.connections === connections;

async function lawsOf(changed: SyntheticRun, name = 'pair-rpc'): Promise<Results['laws']> {
  return (await makeResults(changed)).laws.filter(({ subject }) => subject === name);
}

async function broken(changed: SyntheticRun): Promise<number[]> {
  return (await lawsOf(changed)).flatMap(({ fault, connections }) => (fault === null ? [] : connections));
}

describe("Little's law and the utilisation law", () => {
  it('hold for every number of connections where nothing was measured wrongly', async () => {
    const laws = await lawsOf(run);
    expect(laws.map(({ connections, fault }) => [connections, fault])).toEqual(
      [1, 2, 4, 8, 16, 32, 64].map((connections) => [connections, null]),
    );
    for (const { connections, littleConcurrency } of laws) {
      expect(Math.abs(littleConcurrency / connections - 1)).toBeLessThan(0.03);
    }
  });

  it('tell the cores in use: all of one for a server that is busy, and its share for one that is not', async () => {
    const laws = await lawsOf(run);
    const coresAt = (connections: number) => laws.find((law) => law.connections === connections)?.serverCores;
    // Every twentieth request takes half as long again, of which the CPU of the synthetic arms has nothing.
    expect(coresAt(64)).toBeCloseTo(1 / 1.025, 1);
    expect(coresAt(1)).toBeCloseTo(0.62 / 1.05 / 1.025, 1);
  });

  it('show latencies that the throughput does not allow', async () => {
    for (const connections of [1, 64]) {
      expect(await broken(changeWindows(run, at(connections), saidToTake(1.2)))).toEqual([connections]);
      expect(await broken(changeWindows(run, at(connections), saidToTake(0.8)))).toEqual([connections]);
    }
  });

  it('show requests that were not counted', async () => {
    const halved = changeWindows(run, at(16), (window) => ({ ...window, elapsedMs: window.elapsedMs * 2 }));
    expect(await broken(halved)).toEqual([16]);
  });

  it('show a server that used more cores than there are', async () => {
    expect(await broken(changeWindows(run, at(32), withCpu(1.3)))).toEqual([32]);
    const [law] = (await lawsOf(changeWindows(run, at(32), withCpu(1.3)))).filter(({ fault }) => fault !== null);
    expect(law?.fault).toMatch(/^the server used 1\.2\d of 1 cores$/);
  });

  it('show CPU that was not counted: with many connections somebody must be busy', async () => {
    expect(await broken(changeWindows(run, at(32), withCpu(0.5)))).toEqual([32]);
    const oneWindow = changeWindows(run, (window) => at(16)(window) && window.start === 1, withCpu(0.1));
    expect(await broken(oneWindow)).toEqual([16]);
    expect(await broken(changeWindows(run, at(1), withCpu(0.5)))).toEqual([]);
  });

  it("do without CPU where the system does not tell it: Little's law is left", async () => {
    const blind = changeWindows(
      run,
      () => true,
      (window) => ({ ...window, serverCpuMs: null }),
    );
    expect((await lawsOf(blind)).map(({ serverCores }) => serverCores)).toEqual(Array(7).fill(null));
    expect(await broken(blind)).toEqual([]);
    expect(await broken(changeWindows(blind, at(4), saidToTake(1.2)))).toEqual([4]);
  });

  it('leave the CPU of an idle server out', async () => {
    const { records } = run;
    const busyIdle = {
      ...run,
      records: records.map((one) => (one.kind === 'start' ? { ...one, idleCpuRate: 0.1 } : one)),
    };
    const [before, after] = [await lawsOf(run), await lawsOf(busyIdle)];
    for (const [i, { serverCores }] of after.entries()) {
      expect(serverCores).toBeCloseTo((before[i]?.serverCores ?? 0) - 0.098, 1);
    }
  });
});
