import { expect, it } from 'vitest';
import { readOptions } from '../../bench/options.ts';
import { UsageError } from '../../models/build/options.ts';

it('measures null, floor, combined and pair-rpc by default, fetch for latency and undici for throughput', () => {
  const options = readOptions([], 42);
  expect(options.subjects.map(({ name }) => name)).toEqual(['null', 'floor', 'combined', 'pair-rpc']);
  expect(options).toMatchObject({ latencyClient: 'fetch', throughputClient: 'undici', seed: 42 });
});

it('measures targets alone, or with the arms that are named', () => {
  const targets = ['--target', 'one=https://one.example', '--target', 'two=http://127.0.0.1:8787'];
  expect(readOptions(targets, 0).subjects.map(({ name }) => name)).toEqual(['one', 'two']);
  const both = readOptions(['run', '--arms', 'null,combined', ...targets], 0);
  expect(both.subjects.map(({ kind }) => kind)).toEqual(['arm', 'arm', 'target', 'target']);
});

it('takes one client for both, and a seed', () => {
  const options = readOptions(['--client', 'undici', '--seed', '7'], 0);
  expect(options).toMatchObject({ latencyClient: 'undici', throughputClient: 'undici', seed: 7 });
});

it('measures cold starts of the empty Worker, both runtimes and the pair, or of the arms that are named', () => {
  expect(readOptions([], 0).only).toBeNull();
  const options = readOptions(['--only', 'cold-start'], 0);
  expect(options.only).toBe('cold-start');
  expect(options.subjects.map(({ name }) => name)).toEqual(['null', 'combined', 'combined-stock', 'pair-rpc']);
  const named = readOptions(['--only', 'cold-start', '--arms', 'null,floor'], 0);
  expect(named.subjects.map(({ name }) => name)).toEqual(['null', 'floor']);
});

it('starts arms from the default build, or from that of a runtime and of models', () => {
  expect(readOptions([], 0).build).toEqual({});
  const options = readOptions(['--runtime', 'stock', '--models', 'auto-mpg'], 0);
  expect(options.build).toEqual({ runtime: 'stock', models: ['auto-mpg'] });
});

it.each([
  [
    ['--arms', 'combined,nope'],
    '--arms: expected a list of null, floor, combined, combined-stock, pair-rpc, pair-fetch, pair-http, got "nope"',
  ],
  [['--arms', ''], '--arms: expected a list of'],
  [['--arms', 'null,null'], 'expected each name once, got null twice'],
  [
    ['--target', 'https://one.example'],
    '--target: expected NAME=URL with an http or https URL, got "https://one.example"',
  ],
  [['--target', 'a=ftp://x'], '--target: expected NAME=URL'],
  [['--target', 'a=http://x/base'], '--target: expected a URL without a path, got "http://x/base"'],
  [['--target', 'null=http://x'], '--target: expected a name that no arm has, got null'],
  [['--client', 'wrk'], '--client: expected fetch or undici, got "wrk"'],
  [['--only', 'peers'], '--only: expected cold-start, got "peers"'],
  [['--only', 'cold-start', '--arms', 'null,pair-http'], 'expected arms of one process, got pair-http'],
  [['--only', 'cold-start', '--target', 'a=http://x'], 'expected arms of one process, got a'],
  [['--only', 'cold-start', '--arms', 'combined'], 'expected the arm null among --arms'],
  [['--runtime', 'fast'], '--runtime: expected baked or stock, got "fast"'],
  [['--models', 'auto-mpg,nope'], '--models: expected a list of auto-mpg'],
  [['--seed', '-1'], "--seed' argument is ambiguous"],
  [['--seed', '1.5'], '--seed: expected a whole number below 2147483648, got "1.5"'],
  [['--profil', 'x'], "Unknown option '--profil'"],
  [['measure'], 'command: expected "run" or none, got "measure"'],
])('refuses %j', (args, message) => {
  expect(() => readOptions(args, 0)).toThrow(UsageError);
  expect(() => readOptions(args, 0)).toThrow(message);
});
