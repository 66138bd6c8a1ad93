import { expect, it } from 'vitest';
import { ARM_NAMES } from '../../bench/arms/arms.ts';
import { COLD_START_ARMS, PROFILES } from '../../bench/experiments/plan.ts';
import { readOptions } from '../../bench/options.ts';
import { PEER_NAMES } from '../../bench/peers/peers.ts';
import { UsageError } from '../../models/build/command-line.ts';

it('measures null, floor, combined and pair-rpc by default, fetch for latency and undici for throughput', () => {
  const options = readOptions([], 42);
  expect(options.subjects.map(({ name }) => name)).toEqual(['null', 'floor', 'combined', 'pair-rpc']);
  expect(options).toMatchObject({ latencyClient: 'fetch', throughputClient: 'undici', seed: 42 });
});

it('measures targets alone, or with the arms that are named', () => {
  const targets = ['--target', 'one=https://one.example', '--target', 'two=http://127.0.0.1:8787'];
  expect(readOptions(targets, 0).subjects.map(({ name }) => name)).toEqual(['one', 'two']);
  const both = readOptions(['--arms', 'null,combined', ...targets], 0);
  expect(both.subjects.map(({ kind }) => kind)).toEqual(['arm', 'arm', 'target', 'target']);
});

it('takes one client for both, and a seed', () => {
  const options = readOptions(['--client', 'undici', '--seed', '7'], 0);
  expect(options).toMatchObject({ latencyClient: 'undici', throughputClient: 'undici', seed: 7 });
});

it.each([
  ['quick', ['null', 'floor', 'combined', 'pair-rpc']],
  ['standard', ['null', 'floor', 'combined', 'pair-rpc', 'bare', 'floor-pair', 'pair-fetch', 'pair-http']],
  ['full', [...ARM_NAMES]],
])('measures the arms of the profile %s', (profile, arms) => {
  const names = readOptions(['--profile', profile], 0).subjects.map(({ name }) => name);
  expect(names.toSorted()).toEqual(arms.toSorted());
});

it('measures cold starts of the empty Worker, both runtimes and the pair, or of the arms that are named', () => {
  expect(readOptions([], 0).coldStartArms).toEqual([]);
  expect(readOptions(['--profile', 'standard'], 0).coldStartArms).toEqual(COLD_START_ARMS);
  const only = readOptions(['--only', 'cold-start'], 0);
  expect(only).toMatchObject({ subjects: [], coldStartArms: ['null', 'combined', 'combined-stock', 'pair-rpc'] });
  expect(only.profile).toMatchObject({ starts: 0, coldStarts: 30 });
  const named = readOptions(['--only', 'cold-start', '--arms', 'null,floor'], 0);
  expect(named).toMatchObject({ subjects: [], coldStartArms: ['null', 'floor'] });
});

it('measures one experiment alone as standard does, or as the profile that is named', () => {
  const { standard, quick } = PROFILES;
  const latency = readOptions(['--only', 'latency'], 0).profile;
  expect(latency).toMatchObject({ starts: standard.starts, rounds: standard.rounds, payloads: true, connections: [] });
  const scalability = readOptions(['--only', 'scalability'], 0).profile;
  expect(scalability).toMatchObject({ rounds: 0, connections: standard.connections, payloads: false });
  const resources = readOptions(['--only', 'resources', '--profile', 'quick'], 0).profile;
  expect(resources).toMatchObject({ starts: quick.starts, rounds: 0, connections: [8], windowMs: quick.windowMs });
  expect(resources.footprintStarts).toBe(standard.footprintStarts);
  expect(readOptions(['--only', 'cold-start', '--profile', 'quick'], 0).profile.coldStarts).toBe(standard.coldStarts);
});

it('has the predictors of some arms fail, or of those that are named', () => {
  const only = readOptions(['--only', 'resilience'], 0);
  expect(only).toMatchObject({ subjects: [], faultyArms: ['combined', 'pair-rpc', 'pair-http', 'deno-pair'] });
  expect(readOptions(['--only', 'resilience', '--arms', 'pair-http'], 0).faultyArms).toEqual(['pair-http']);
  expect(readOptions(['--profile', 'full'], 0).faultyArms).toEqual(only.faultyArms);
  expect(readOptions(['--profile', 'standard'], 0).faultyArms).toEqual([]);
});

it('measures the peers beside one Worker and two, and the least that each costs', () => {
  const names = readOptions(['--only', 'peers'], 0).subjects.map(({ name }) => name);
  expect(names).toEqual(['bare', 'floor-pair', 'combined', 'pair-rpc', ...PEER_NAMES]);
});

it('asks for the analytics of the scripts that are named for a target', () => {
  const target = ['--target', 'pair=https://gateway.example'];
  const { scripts } = readOptions([...target, '--scripts', 'pair=tandem-gateway,tandem-predictor'], 0);
  expect([...scripts]).toEqual([['pair', ['tandem-gateway', 'tandem-predictor']]]);
});

it('starts arms from the default build, or from that of a runtime and of models', () => {
  expect(readOptions([], 0).build).toEqual({});
  const options = readOptions(['--runtime', 'stock', '--models', 'auto-mpg'], 0);
  expect(options.build).toEqual({ runtime: 'stock', models: ['auto-mpg'] });
});

it.each([
  [
    ['--arms', 'combined,nope'],
    '--arms: expected a list of null, bare, floor, floor-pair, combined, combined-stock, pair-rpc, pair-plain, pair-fetch, pair-http, pair-native, flask-monolith, flask-pair, flask-monolith-gunicorn, flask-pair-gunicorn, fastapi-monolith, fastapi-pair, node, deno, deno-pair, bun, got "nope"',
  ],
  [['--arms', ''], '--arms: expected a list of'],
  [['--target', 'a=http://x', '--target', 'a=http://y'], 'expected each name once, got a twice'],
  [
    ['--target', 'https://one.example'],
    '--target: expected NAME=URL with an http or https URL without a path, got "https://one.example"',
  ],
  [['--target', 'a=ftp://x'], '--target: expected NAME=URL'],
  [['--target', 'a=http://x/base'], '--target: expected NAME=URL with an http or https URL without a path'],
  [['--target', 'null=http://x'], '--target: expected a name that no arm has, got null'],
  [['--client', 'wrk'], '--client: expected one of fetch, undici, got "wrk"'],
  [
    ['--only', 'nothing'],
    '--only: expected one of latency, scalability, resources, cold-start, resilience, peers, scalability-grid, got "nothing"',
  ],
  [['--profile', 'long'], '--profile: expected one of quick, standard, full, got "long"'],
  [['--scripts', 'a=b'], '--scripts: expected TARGET=NAME,... of a --target, got "a=b"'],
  [['--only', 'cold-start', '--arms', 'null,pair-http'], 'expected arms of one workerd process, got pair-http'],
  [['--only', 'resilience', '--arms', 'null'], 'expected arms of combined, pair-rpc, pair-http, deno-pair, got null'],
  [['--only', 'cold-start', '--target', 'a=http://x'], 'expected arms of one workerd process, got a'],
  [['--only', 'cold-start', '--arms', 'combined'], 'expected the arm null among --arms'],
  [['--only', 'scalability-grid', '--profile', 'quick'], 'expected no --profile, as it has its own, got quick'],
  [
    ['--only', 'scalability-grid', '--arms', 'combined,node'],
    'expected arms among combined, pair-rpc, pair-http, pair-native, each once, got node',
  ],
  [['--only', 'scalability-grid', '--arms', 'combined,combined'], 'each once, got combined#2'],
  [['--only', 'scalability-grid', '--models', 'auto-mpg'], 'expected all models, got auto-mpg'],
  [['--runtime', 'fast'], '--runtime: expected baked or whole or stock, got "fast"'],
  [['--models', 'auto-mpg,nope'], '--models: expected a list of auto-mpg'],
  [['--seed', '-1'], "--seed' argument is ambiguous"],
  [['--seed', '1.5'], '--seed: expected a whole number below 2147483648, got "1.5"'],
  [['--profil', 'x'], "Unknown option '--profil'"],
  [['measure'], 'run: expected no operand, got "measure"'],
])('refuses %j', (args, message) => {
  expect(() => readOptions(args, 0)).toThrow(UsageError);
  expect(() => readOptions(args, 0)).toThrow(message);
});
