/** Deployments before and after wrangler: what a command line asks for, and what is said of what came of it. */
import { expect, it } from 'vitest';
import { describeOutcome } from '../../deploy/outcome.ts';
import { readPlan } from '../../deploy/plan.ts';
import { UsageError } from '../../models/build/command-line.ts';

it.each([
  [['--name', 'other'], "--name: expected it in the Workers' configurations"],
  [['--only', 'combined'], '--only: expected one of predictor, gateway, got "combined"'],
  [['--url', 'tandem.example.com'], '--url: expected an http or https URL, got "tandem.example.com"'],
])('%j is wrong use for the pair', (args, reason) => {
  const read = () => readPlan(['predictor', 'gateway', '--', ...args]);
  expect(read).toThrow(UsageError);
  expect(read).toThrow(reason);
});

it('what is not its own goes to every wrangler', () => {
  const args = ['--only=gateway', '--secrets-file', 'keys.env', '--models', 'digits', '--temporary', '--tag=1'];
  expect(readPlan(['predictor', 'gateway', '--', ...args])).toEqual({
    workers: ['gateway'],
    build: { models: ['digits'] },
    url: undefined,
    allowStock: false,
    isDry: false,
    isTemporary: true,
    typed: args,
    wranglerArgs: ['--temporary', '--secrets-file', 'keys.env', '--tag=1'],
  });
});

it('the predictor on trial is a deployment of the pair, alone', () => {
  const both = () => readPlan(['predictor', 'gateway', '--', '--canary', '--only', 'gateway']);
  expect(both).toThrow('--canary: expected it without --only, or with --only predictor, got --only gateway');
  expect(() => readPlan(['combined', '--', '--canary'])).toThrow('--canary: expected one of combined, got "predictor"');
});

it('a stop before anything was uploaded offers no way back', () => {
  expect(describeOutcome({ made: [], left: ['combined'], typed: [], account: '' })).toBe(
    'NOT UPLOADED: tandem; what was there of it answers as before\n',
  );
});
