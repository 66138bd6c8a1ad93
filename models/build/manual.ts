/** The command lines of `npm run build` and `models`. */
import type { Command, Options, Program } from './command-line.ts';
import { BUILD_ARGS } from './options.ts';

export const BUILD: Command<typeof BUILD_ARGS> = {
  script: 'build',
  about:
    'Makes what an isolate loads, bundles every Worker as a deployment would, and runs the models once on workerd. ' +
    'Ends at once when nothing has changed.',
  options: BUILD_ARGS,
  note:
    'The default build is what wrangler sees, in models/dist and dist; one with options of its own stands beside it, ' +
    'in dist/builds. What is done is on standard error.',
  exitCodes: '0 done, 1 failed, 2 wrong use',
  examples: [
    'npm run build',
    'npm run build -- --runtime stock            # to compare with',
    'npm run build -- --models auto-mpg,digits   # two models',
  ],
};

/** What an owner knows of a model's inputs. */
const KNOWN = {
  example: {
    type: 'string',
    multiple: true,
    value: 'FILE.json',
    help: 'a request on which it runs, as a client sends it',
  },
  shape: { type: 'string', multiple: true, value: 'NAME=1,512', help: 'the shape of an input' },
  value: { type: 'string', multiple: true, value: 'NAME=16000', help: 'what every element of an input is' },
} as const satisfies Options;

const ADD = {
  name: { type: 'string', value: 'N', help: 'the name to serve it under; else that of the file' },
  version: { type: 'string', value: '2', help: 'its number, beside the versions that the model has' },
  ...KNOWN,
} as const satisfies Options;

const REMOVE = {
  version: { type: 'string', value: '2', help: 'only this version, by number or label' },
} as const satisfies Options;

const LABEL = {
  remove: { type: 'boolean', help: 'takes the label away' },
} as const satisfies Options;

const REPLAY = {
  url: { type: 'string', value: 'URL', help: 'the deployment to compare with (default http://localhost:8787)' },
  against: { type: 'string', value: 'URL', help: 'the other one (default: the same)' },
  version: { type: 'string', value: '1', help: "the version or label to ask --url for (default: the request's own)" },
  'against-version': { type: 'string', value: '2', help: 'the same of --against' },
  model: { type: 'string', value: 'NAME', help: 'the model of every request, whatever the file names' },
  tolerance: { type: 'string', value: '1e-5', help: 'relative difference of numbers to let pass (default 0)' },
} as const satisfies Options;

const EXIT_CODES = '0 done, 1 refused or failed, 2 wrong use';

function verb<T extends Options>(command: Omit<Command<T>, 'script' | 'exitCodes'>): Command<T> {
  return { script: 'models', exitCodes: EXIT_CODES, ...command };
}

export const VERBS = {
  add: verb({
    verb: 'add',
    operands: 'FILE.onnx',
    about: 'Adds a model, after running it, with a card and golden answers.',
    options: ADD,
    note:
      'Refuses with the reason what could not be served. Looks for sizes and values on which the model runs, up to 30 s, ' +
      'where none are given; what ran is kept beside it in examples.json.',
    examples: [
      'npm run models -- add models/digits/model.onnx --name figures',
      'npm run models -- add models/digits/model.onnx --shape image=2,1,28,28',
      'npm run models -- add models/digits/model.onnx --name figures --version 2',
    ],
  }),
  remove: verb({
    verb: 'remove',
    operands: 'NAME',
    about: 'Removes a model that was added, or one version of it.',
    options: REMOVE,
    examples: ['npm run models -- remove figures', 'npm run models -- remove figures --version 2'],
  }),
  label: verb({
    verb: 'label',
    operands: 'NAME LABEL [VERSION]',
    about: 'Gives a label to a version of a model, by which requests may name it.',
    options: LABEL,
    note:
      'The version that had the label loses it. The one with the label stable answers where a request names none; without ' +
      'that label, the one that was added first.',
    examples: [
      'npm run models -- label figures canary 2',
      'npm run models -- label figures stable canary     # what canary is',
      'npm run models -- label figures canary --remove',
    ],
  }),
  list: verb({ verb: 'list', about: 'Lists the models.', options: {}, examples: ['npm run models -- list'] }),
  inspect: verb({
    verb: 'inspect',
    operands: 'FILE|NAME',
    about: 'Describes a model and its cost, with a request that works, as curl.',
    options: KNOWN,
    examples: ['npm run models -- inspect digits', 'npm run models -- inspect models/digits/model.onnx'],
  }),
  train: verb({
    verb: 'train',
    operands: '[NAME]',
    about: 'Trains a model that has a train.ts, or all of them, anew.',
    options: {},
    examples: ['npm run models -- train auto-mpg'],
  }),
  bake: verb({
    verb: 'bake',
    about: 'Makes what an isolate loads: the default build.',
    options: {},
    examples: ['npm run models -- bake'],
  }),
  verify: verb({
    verb: 'verify',
    about: 'Runs every model on workerd, or at a URL, against its golden file.',
    options: {
      url: { type: 'string', value: 'URL', help: 'a deployment, by its address without /v2, in place of workerd' },
    },
    note: 'A key for that deployment is taken from TANDEM_API_KEY.',
    examples: ['npm run models -- verify', 'npm run models -- verify --url http://localhost:8787'],
  }),
  conformance: verb({
    verb: 'conformance',
    operands: 'DIR',
    about: "Runs the ONNX standard's backend tests on the stock and the baked runtime.",
    options: {},
    note:
      'A case is a folder with model.onnx and test_data_set_<k>; DIR is one, holds some, or holds suites of them, as ' +
      'onnx/backend/test/data of the repository onnx/onnx does. Exits 1 when the baked runtime does worse on any.',
    examples: ['npm run models -- conformance ../onnx/onnx/backend/test/data'],
  }),
  replay: {
    script: 'models',
    verb: 'replay',
    operands: 'FILE',
    about: 'Sends kept requests to two deployments, or to two versions of a model, and tells where answers differ.',
    options: REPLAY,
    note:
      'FILE holds bodies of POST /v2/models/NAME/infer, one a line, each with model_name and, if it is meant, ' +
      'model_version; or it is an examples.json, with --model.',
    exitCodes: '0 all alike, 1 some not or failed, 2 wrong use',
    examples: [
      'npm run models -- replay requests.ndjson --against https://next.example.com',
      'npm run models -- replay kept.ndjson --model figures --against-version 2',
    ],
  },
  types: verb({
    verb: 'types',
    about: 'Prints the models as TypeScript types, for the client of dist/site/client.js.',
    options: {},
    note: 'With npm run -s, so that nothing of npm is in the file.',
    examples: ['npm run models -- types'],
  }),
} as const;

export type VerbName = keyof typeof VERBS;

export const MODELS: Program<VerbName> = {
  script: 'models',
  about: 'Adds, lists, describes and makes models.',
  verbs: VERBS,
  examples: [
    'npm run models -- list',
    'npm run models -- add models/digits/model.onnx --name figures',
    'npm run models -- inspect figures',
    'npm run models -- remove figures',
  ],
};
