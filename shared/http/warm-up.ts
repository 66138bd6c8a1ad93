/**
 * Runs the edge once before the first request, over a predictor that is not there: an isolate compiles each function when
 * it is first called, and a start has a hundred times the CPU of a request. Bodies can neither be read nor sent at that
 * time, so the requests bring theirs along, and the answers have none.
 */
import type { ModelCard } from '../model-card.ts';
import type { Predictor } from '../predictor.ts';
import { ok } from '../result.ts';
import { createApp } from './app.ts';
import { joinBody } from './binary-body.ts';

const CARD: ModelCard = {
  name: 'none',
  version: '1',
  platform: 'none',
  task: 'none',
  default: true,
  inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 1] }],
  outputs: [{ name: 'Y', datatype: 'FP32', shape: [-1, 1] }],
  primaryOutput: 'Y',
};

const PREDICTOR: Predictor = {
  models: async () => ok({ revision: '', models: [{ card: CARD, ready: true, reason: '' }] }),
  infer: async ({ inputs }) => ok({ version: '1', revision: '', outputs: inputs }),
};

/** The bytes of an FP32 zero. */
const ROW = new Uint8Array(4);

/** Whatever goes wrong in it is left for requests to meet: nothing here may keep a Worker from starting. */
export async function warmUp(): Promise<void> {
  const { Response: original } = globalThis;
  globalThis.Response = class extends original {
    constructor(_body?: BodyInit | null, init?: ResponseInit) {
      super(null, init);
    }
  };
  try {
    const app = createApp(PREDICTOR, {});
    const input = { name: 'X', datatype: 'FP32', shape: [1, 1] };
    const asked = { inputs: [{ ...input, parameters: { binary_data_size: ROW.byteLength } }] };
    await app.fetch(post('/predict', joinBody({ features: [0] }, [])));
    await app.fetch(post('/v2/models/none/infer', joinBody({ inputs: [{ ...input, data: [0] }] }, [])));
    await app.fetch(
      post('/v2/models/none/infer', joinBody({ ...asked, parameters: { binary_data_output: true } }, [ROW])),
    );
  } catch (cause) {
    console.error('warm-up failed', cause);
  } finally {
    globalThis.Response = original;
  }
}

function post(path: string, { body, headers }: ReturnType<typeof joinBody>): Request {
  const request = new Request(`http://warm-up${path}`, {
    method: 'POST',
    headers: { ...headers, 'Content-Length': String(body.byteLength) },
  });
  return Object.defineProperties(request, {
    arrayBuffer: { value: async () => body.buffer },
    text: { value: async () => new TextDecoder().decode(body) },
  });
}
