/** The other routes, unknown models and versions, unknown routes and wrong methods. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../models/build/workers.ts';
import { ANY_MODEL, CARDS } from '../../support/models.ts';
import { NAMED, PREDICTION, ROW } from '../../support/rows.ts';
import type { Case } from './case.ts';
import { TENSOR } from './infer.ts';

const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

export const ROUTE_CASES: readonly Case[] = [
  { title: 'live', question: { method: 'GET', path: '/v2/health/live' }, status: 200, answer: { live: true } },
  { title: 'ready', question: { method: 'GET', path: '/v2/health/ready' }, status: 200, answer: { ready: true } },
  {
    title: 'a model that is ready',
    question: { method: 'GET', path: '/v2/models/auto-mpg/ready' },
    status: 200,
    answer: { name: 'auto-mpg', ready: true },
  },
  {
    title: 'the repository index',
    question: { path: '/v2/repository/index', body: '{}' },
    status: 200,
    answer: CARDS.map(({ name, version }) => ({ name, version, state: 'READY', reason: '' })),
  },
  ...['/v2', '/v2/'].map((path) => ({
    title: `GET ${path}`,
    question: { method: 'GET', path },
    status: 200,
    answer: { name: 'tandem', version: VERSION, extensions: ['binary_tensor_data', 'model_repository'] },
  })),
  ...['', '/ready'].map((suffix) => ({
    title: `an unknown model${suffix}`,
    question: { method: 'GET', path: `/v2/models/nope${suffix}` },
    status: 404,
    answer: `model: expected ${ANY_MODEL}, got "nope"`,
  })),
  {
    title: 'inference on an unknown model',
    question: { path: '/v2/models/nope/infer', body: JSON.stringify({ inputs: [TENSOR] }) },
    status: 404,
    answer: `model: expected ${ANY_MODEL}, got "nope"`,
  },
  {
    title: 'inference on __proto__',
    question: { path: '/v2/models/__proto__/infer', body: JSON.stringify({ inputs: [TENSOR] }) },
    status: 404,
    answer: `model: expected ${ANY_MODEL}, got "__proto__"`,
  },
  {
    title: 'inference on an unknown version',
    question: { path: '/v2/models/auto-mpg/versions/9/infer', body: JSON.stringify({ inputs: [TENSOR] }) },
    status: 404,
    answer: 'model "auto-mpg": expected version "1", got "9"',
  },
  ...['%2e', '%2e%2e', '.%2E'].map((version) => ({
    title: `inference on version ${version}, which is a step up the path`,
    question: { path: `/v2/models/auto-mpg/versions/${version}/infer`, body: JSON.stringify({ inputs: [TENSOR] }) },
    status: 404,
    answer: `model "auto-mpg": expected version "1", got "${decodeURIComponent(version)}"`,
  })),
  {
    title: 'inference on a model that is a step up the path',
    question: { path: '/v2/models/%2e%2e/infer', body: JSON.stringify({ inputs: [TENSOR] }) },
    status: 404,
    answer: `model: expected ${ANY_MODEL}, got ".."`,
  },
  {
    title: 'metadata of an unknown version',
    question: { method: 'GET', path: '/v2/models/auto-mpg/versions/9' },
    status: 404,
    answer: 'model "auto-mpg": expected version "1", got "9"',
  },
  ...['', '/versions/1'].flatMap((version): Case[] => [
    {
      title: `v1, predictions for rows by lists and by name${version}`,
      question: { path: `/v1/models/auto-mpg${version}:predict`, body: JSON.stringify({ instances: [ROW, NAMED] }) },
      status: 200,
      answer: { predictions: [PREDICTION, PREDICTION] },
    },
    {
      title: `v1, whether a model is there${version}`,
      question: { method: 'GET', path: `/v1/models/auto-mpg${version}` },
      status: 200,
      answer: {
        name: 'auto-mpg',
        ready: true,
        model_version_status: [{ version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }],
      },
    },
    {
      title: `the configuration as Triton has it${version}`,
      question: { method: 'GET', path: `/v2/models/auto-mpg${version}/config` },
      status: 200,
      answer: {
        name: 'auto-mpg',
        platform: 'onnx_onnxv1',
        backend: 'onnxruntime',
        max_batch_size: 0,
        input: [{ name: 'X', data_type: 'TYPE_FP32', dims: [-1, 8] }],
        output: [{ name: 'Y', data_type: 'TYPE_FP32', dims: [-1, 1] }],
      },
    },
    {
      title: `statistics, which are not served${version}`,
      question: { method: 'GET', path: `/v2/models/auto-mpg${version}/stats` },
      status: 404,
      answer: `route: expected one that this server has, got GET /v2/models/auto-mpg${version}/stats; no isolate counts for the others; the platform's analytics count requests`,
    },
  ]),
  {
    title: 'v1, the list of models',
    question: { method: 'GET', path: '/v1/models' },
    status: 200,
    answer: { models: CARDS.map(({ name }) => name) },
  },
  ...(
    [
      ['an unknown version', '/versions/9', 'version "1", got "9"'],
      ['a label', '/labels/canary', 'version "1", got "canary"'],
    ] as const
  ).flatMap(([what, suffix, error]): Case[] => [
    {
      title: `v1, predictions by ${what}`,
      question: { path: `/v1/models/auto-mpg${suffix}:predict`, body: JSON.stringify({ instances: [ROW] }) },
      status: 404,
      answer: `model "auto-mpg": expected ${error}`,
    },
    {
      title: `v1, whether ${what} is there`,
      question: { method: 'GET', path: `/v1/models/auto-mpg${suffix}` },
      status: 404,
      answer: `model "auto-mpg": expected ${error}`,
    },
  ]),
  ...(
    [
      ['an unknown model', '/v1/models/nope:predict'],
      ['a label of an unknown model', '/v1/models/nope/labels/x:predict'],
    ] as const
  ).map(([what, path]) => ({
    title: `v1, ${what}`,
    question: { path, body: JSON.stringify({ instances: [ROW] }) },
    status: 404,
    answer: `model: expected ${ANY_MODEL}, got "nope"`,
  })),
  {
    title: 'v1, another signature',
    question: {
      path: '/v1/models/auto-mpg:predict',
      body: JSON.stringify({ signature_name: 'other', instances: [ROW] }),
    },
    status: 400,
    answer: 'body, signature_name: expected "serving_default", got the string "other"',
  },
  {
    title: 'v1, predictions by GET',
    question: { method: 'GET', path: '/v1/models/auto-mpg:predict' },
    status: 405,
    answer: '/v1/models/auto-mpg:predict: expected method POST, got GET',
  },
  {
    title: 'v1, a model by POST',
    question: { path: '/v1/models/auto-mpg' },
    status: 405,
    answer: '/v1/models/auto-mpg: expected method GET, HEAD, got POST',
  },
  ...['auto-mpg:explain', 'auto-mpg:classify', 'auto-mpg/versions/1:regress'].map((target) => ({
    title: `v1, ${target}, a verb that is not served`,
    question: { path: `/v1/models/${target}` },
    status: 404,
    answer: `route: expected one that this server has, got POST /v1/models/${target}; :predict is the only verb of models here`,
  })),
  ...(
    [
      [
        'POST',
        '/v2/repository/models/auto-mpg/load',
        'models come with a deployment; "npm run models -- add" and another deployment change them',
      ],
      [
        'POST',
        '/v2/systemsharedmemory/unregister',
        'there is no memory to share with a client; send tensors in the body',
      ],
      [
        'GET',
        '/v2/cudasharedmemory/region/r/status',
        'there is no memory to share with a client; send tensors in the body',
      ],
      ['GET', '/v2/logging', "logs and traces are set in the deployment's configuration"],
      ['GET', '/v2/models/stats', "no isolate counts for the others; the platform's analytics count requests"],
    ] as const
  ).map(([method, path, why]) => ({
    title: `${method} ${path}, which is not served`,
    question: { method, path },
    status: 404,
    answer: `route: expected one that this server has, got ${method} ${path}; ${why}`,
  })),
  {
    title: 'an unknown route',
    question: { method: 'GET', path: '/nope' },
    status: 404,
    answer:
      'route: expected POST /predict, POST /models/NAME/predict, POST /v1/models/NAME:predict, POST /v2/models/NAME/infer, GET /v2/models/NAME or another that GET / shows where the site is deployed, got GET /nope',
  },
  {
    title: 'a path with a broken escape',
    question: { method: 'GET', path: '/v2/models/%E0%A4%A' },
    status: 404,
    answer: `model: expected ${ANY_MODEL}, got "%E0%A4%A"`,
  },
  {
    title: 'a wrong method',
    question: { method: 'GET', path: '/predict' },
    status: 405,
    answer: '/predict: expected method POST, got GET',
  },
  {
    title: 'a wrong method on a model',
    question: { method: 'DELETE', path: '/v2/models/auto-mpg' },
    status: 405,
    answer: '/v2/models/auto-mpg: expected method GET, HEAD, got DELETE',
  },
];
