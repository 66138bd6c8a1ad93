/** The process in which models are tried: a model that hangs or crashes ends it, and is answered. */
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { probe } from '../../models/build/probe.ts';
import type { ModelCard } from '../../shared/model-card.ts';
import { FILE, removeFolder } from '../support/model-folder.ts';
import { makeEndlessOnnx } from '../support/onnx.ts';

afterAll(removeFolder);

describe('a probe', () => {
  const card: ModelCard = {
    name: 'made',
    version: '1',
    platform: 'onnx_onnxv1',
    task: 'unknown',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
    primaryOutput: 'y',
  };

  it('of a model that never ends, ends', async () => {
    writeFileSync(FILE, makeEndlessOnnx());
    const request = { files: [FILE], seed: 1 };
    expect(await probe(request)).toMatchObject({ ok: true });
    const message = 'no answer within 2 s';
    const ended = await probe({ ...request, card }, { timeLimitMs: 2000 });
    expect(ended).toEqual({ ok: false, stage: 'end', message });
  });

  it('whose process dies is answered', async () => {
    const answer = await probe({ files: [FILE], seed: Number.NaN });
    expect(answer).toEqual({ ok: false, stage: 'end', message: 'the process crashed (1)' });
  });
});
