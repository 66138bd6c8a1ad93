/** Kept requests against two sides: read from a file, sent to real servers, compared. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningArm, startArm } from '../../bench/arms/start-arm.ts';
import { UsageError } from '../../models/build/command-line.ts';
import { printReplayed, readKept, replay } from '../../models/build/replay.ts';
import { RUNS } from '../../models/build/verbs.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const ROW = { name: 'X', datatype: 'FP32', shape: [1, 8], data: [8, 307, 130, 3504, 12, 70, 0, 0] };
const REQUEST = { model_name: 'auto-mpg', inputs: [ROW] };

const folder = mkdtempSync(join(tmpdir(), 'replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

function kept(text: string): string {
  const file = join(folder, 'requests');
  writeFileSync(file, text);
  return file;
}

describe('kept requests', () => {
  it('are one a line, or an array, and each has a model', () => {
    const body = JSON.stringify({ inputs: [ROW] });
    expect(readKept(kept(`${JSON.stringify(REQUEST)}\n\n${JSON.stringify(REQUEST)}\n`), undefined)).toHaveLength(2);
    expect(readKept(kept(`[${body}]`), 'auto-mpg')).toEqual([REQUEST]);
    expect(() => readKept(kept(body), undefined)).toThrow('request 1: expected model_name in it, or --model NAME');
  });

  it('that are none are refused with their place', () => {
    expect(() => readKept(kept(`${JSON.stringify(REQUEST)}\n{"inputs":`), undefined)).toThrow(
      'request 2: body: expected JSON',
    );
    expect(() => readKept(kept('7'), 'auto-mpg')).toThrow('request 1: expected an object with inputs');
    expect(() => readKept(kept(''), 'auto-mpg')).toThrow('expected at least one request');
  });
});

describe('replay', () => {
  let arm: RunningArm;
  beforeAll(async () => {
    arm = await startArm('combined');
  });
  afterAll(() => arm.stop());
  const here = (version?: string) => ({ url: String(arm.url), version });

  it('finds a deployment like itself, and a version that is not there unlike', async () => {
    const wide = { ...REQUEST, inputs: [{ ...ROW, shape: [1, 1], data: [1] }] };
    const same = await replay([REQUEST, wide], [here(), here('1')]);
    expect(printReplayed(same, 0)).toBe('2 request(s): 2 answered alike, 0 not (1 refused by both)\n');
    const [other] = await replay([REQUEST], [here(), here('7')]);
    expect(other).toMatchObject({ difference: Number.POSITIVE_INFINITY });
    expect(other?.text).toMatch(/^an answer against 404 model "auto-mpg": expected version "1", got "7"$/);
  });

  it('tells by how much numbers differ, and lets pass what is within the tolerance', async () => {
    const output = { name: 'Y', datatype: 'FP32', shape: [1, 1], data: [14.88] };
    const body = JSON.stringify({ model_name: 'auto-mpg', outputs: [output] });
    const server = await scriptedServer({ body, headers: { 'content-type': 'application/json' } });
    const replayed = await replay([REQUEST], [here(), { url: String(server.url), version: undefined }]);
    server.close();
    expect(printReplayed(replayed, 0)).toMatch(
      /^1 request\(s\): 0 answered alike, 1 not\n {2}request 1: output "Y", element 0: 14\.87\d+ against 14\.88\d+ \(relative 0\.000\d+\)\n$/,
    );
    expect(printReplayed(replayed, 0.01)).toBe('1 request(s): 1 answered alike within 0.01, 0 not\n');
  });

  it('keeps long integers of a request as they are', async () => {
    const server = await scriptedServer({ status: 400, body: '{"error":"no"}' });
    const [request] = readKept(kept('{"model_name":"m","inputs":[{"data":[9007199254740993]}]}'), undefined);
    const side = { url: String(server.url), version: undefined };
    const replayed = await replay(request === undefined ? [] : [request], [side, side]);
    server.close();
    expect(replayed).toMatchObject([{ isError: true, difference: 0 }]);
    expect(server.bodies[0]).toContain('[9007199254740993]');
  });

  it('fails where a side is not there, and refuses to compare one with itself', async () => {
    const gone = { url: 'http://127.0.0.1:1', version: undefined };
    await expect(replay([REQUEST], [here(), gone])).rejects.toThrow(
      'http://127.0.0.1:1/v2/models/auto-mpg/infer: expected an answer, got none',
    );
    await expect(RUNS.replay(['x.ndjson'])).rejects.toThrow(UsageError);
    await expect(RUNS.replay(['x.ndjson', '--against', 'nowhere'])).rejects.toThrow('expected an http or https URL');
  });
});
