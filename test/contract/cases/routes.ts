/** The other routes, unknown models and versions, unknown routes and wrong methods. */
import { ANY_MODEL, CARDS } from '../../support/models.ts';
import type { Case } from './case.ts';
import { TENSOR } from './infer.ts';

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
    answer: { name: 'tandem', version: '0.1.0', extensions: ['binary_tensor_data', 'model_repository'] },
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
  {
    title: 'an unknown route',
    question: { method: 'GET', path: '/nope' },
    status: 404,
    answer:
      'route: expected POST /predict, POST /models/NAME/predict, POST /v1/models/NAME:predict, POST /v2/models/NAME/infer, GET /v2/models/NAME or another that GET / shows, got GET /nope',
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
