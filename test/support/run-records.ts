/**
 * A whole run that nobody measured: five arms with known latencies, CPU and memory, in every experiment. Each start and
 * round deviates from them by a little noise of the seed's, so that intervals are narrow and the answers known.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { PROFILES } from '../../bench/experiments/plan.ts';
import type { Environment, RunRecord, WindowRecord } from '../../bench/run/records.ts';
import { SYNTHETIC_ARMS, SYNTHETIC_CLIENTS, type SyntheticArm } from './synthetic-arms.ts';
import { type SyntheticSpec, syntheticSpecs } from './synthetic-specs.ts';
import { type SyntheticWindow, syntheticWindow } from './synthetic-window.ts';

const IDLE_CPU_RATE = 0.002;
const LOADED_MEMORY_SHARE = 0.9;
const COLD_STARTS = 30;

export interface SyntheticRunOptions {
  readonly seed?: number;
  readonly starts?: number;
  readonly rounds?: number;
  /** Names of the arms to measure; all of them where none are named. */
  readonly arms?: readonly string[];
  /** Experiments with windows to measure, likewise. */
  readonly experiments?: readonly WindowRecord['experiment'][];
  /** The most by which a start of an arm, and a window in it, deviate from what is true, as shares. */
  readonly deviation?: { readonly start: number; readonly window: number };
}

export interface SyntheticRun {
  readonly environment: Environment;
  readonly records: readonly RunRecord[];
}

/** The run of a seed: the same records whenever it is asked for. */
export function syntheticRun(options: SyntheticRunOptions = {}): SyntheticRun {
  const { seed = 1, starts = 10, rounds = 8, deviation = { start: 0.01, window: 0.01 } } = options;
  const random = xoroshiro128plus(seed);
  /** Deviates from 1 by at most `share`. */
  const noise = (share: number) => 1 + share * (2 * uniformFloat64(random) - 1);
  const measured = SYNTHETIC_ARMS.filter(({ name }) => options.arms?.includes(name) ?? true);
  const isAsked = ({ experiment }: SyntheticSpec) => options.experiments?.includes(experiment) ?? true;
  let atMs = 0;
  const records: RunRecord[] = [];
  for (let start = 1; start <= starts; start++) {
    const ofStart = noise(0.03);
    for (const arm of measured) {
      const ofArm = ofStart * noise(deviation.start);
      for (const spec of syntheticSpecs(arm, { start, rounds }).filter(isAsked)) {
        const level = ofArm * noise(deviation.window);
        const record = windowRecord(arm, spec, { seed: seed + start * 1000, start, atMs, level });
        atMs += record.elapsedMs;
        records.push(record);
      }
      records.push(startRecord(arm, start, noise(0.01)));
    }
  }
  for (let round = 1; round <= COLD_STARTS; round++) {
    const base = noise(0.1);
    for (const arm of measured) records.push(coldStart(arm, round, base * noise(0.02)));
  }
  records.push(...footprints(), {
    kind: 'end',
    failed: null,
    elapsedMs: atMs,
    peakMiB: { runner: 120, generator: 150 },
  });
  return {
    environment: { ...ENVIRONMENT, seed, subjects: measured.map(({ name }) => ({ name, kind: 'arm' })) },
    records,
  };
}

interface Place {
  readonly seed: number;
  readonly start: number;
  readonly atMs: number;
  /** How far this window is off what is true of the arm: 1 for not at all. */
  readonly level: number;
}

function windowRecord(arm: SyntheticArm, spec: SyntheticSpec, { seed, start, atMs, level }: Place): WindowRecord {
  const { extraMs = 0, requests, phase = 'measure', ...what } = spec;
  const { firstFailure: _, ...result } = syntheticWindow({
    ...timing(arm, spec, level),
    seed: seed + spec.round,
    requests,
  });
  const serverCpuMs = arm.cpuMs * level * requests + IDLE_CPU_RATE * result.elapsedMs;
  const place = { subject: arm.name, start, seed: seed + spec.round, atMs };
  return { kind: 'window', phase, ...what, ...place, ...result, serverCpuMs: { workerd: serverCpuMs } };
}

/** A closed loop of n connections is served in n times the CPU of a request, once that is more than its time alone. */
function timing(
  arm: SyntheticArm,
  { load, client, extraMs = 0 }: SyntheticSpec,
  level: number,
): Omit<SyntheticWindow, 'seed' | 'requests'> {
  const { ms, cpuMs: clientCpuMs } = SYNTHETIC_CLIENTS[client];
  const aloneMs = arm.serviceMs + ms + (arm.name === 'null' ? 0 : extraMs);
  const sharedMs = load.kind === 'closed' ? load.connections * arm.cpuMs : 0;
  return { load, serviceMs: Math.max(aloneMs, sharedMs) * level, cpuMs: arm.cpuMs * level, clientCpuMs };
}

function startRecord(arm: SyntheticArm, start: number, level: number): RunRecord {
  const ofShare = (share: number) => ({ workerd: arm.memoryMiB * level * share });
  const memory = { memoryMiB: ofShare(1), loadedMemoryMiB: ofShare(LOADED_MEMORY_SHARE) };
  const warmUp = { stable: true, warmUpWindows: 3, idleCpuRate: IDLE_CPU_RATE };
  return { kind: 'start', subject: arm.name, start, ...warmUp, ...memory };
}

function coldStart(arm: SyntheticArm, round: number, level: number): RunRecord {
  const startMs = arm.startMs * level;
  return { kind: 'cold-start', subject: arm.name, round, client: 'undici', startMs, cpuMs: startMs * 0.9 };
}

function footprints(): RunRecord[] {
  const common = { kind: 'footprint', heapBytes: 3_000_000 } as const;
  return [
    {
      ...common,
      worker: 'combined',
      rawBytes: 900_000,
      gzipBytes: 300_000,
      startupMs: [20, 22, 21],
      wasmBytes: 8_000_000,
    },
    { ...common, worker: 'gateway', rawBytes: 200_000, gzipBytes: 60_000, startupMs: [8, 9, 8], wasmBytes: 0 },
    {
      ...common,
      worker: 'predictor',
      rawBytes: 850_000,
      gzipBytes: 280_000,
      startupMs: [18, 19, 20],
      wasmBytes: 8_000_000,
    },
  ];
}

const ENVIRONMENT: Environment = {
  date: '2026-01-02T03:04:05.678Z',
  command: 'npm run bench -- --profile standard',
  commit: '0123456789ab',
  seed: 1,
  profile: PROFILES.standard,
  subjects: [],
  cpu: 'A Processor With a Rather Long Name 64-Core @ 3.00GHz',
  cores: 2,
  memoryGiB: 8,
  system: 'linux 6.1',
  node: 'v24.0.0',
  packages: { workerd: '1.20260730.1', undici: '7.0.0' },
  pinned: { client: '0', servers: '1' },
};
