/** What a reader of the table must know of an arm. */
import type { ArmName } from './arms.ts';

const ENCODING = 'differs from the other pair in encoding as well as in transport';
const CLOSES = 'the development server closes each connection, so a connect is inside its figures';
const HOP_CLOSES =
  'its gateway calls the prediction service with requests.post, on a new connection each time, as the article does';
const KEEPS = 'gunicorn with the worker gthread keeps connections open; its sync worker would close each one';
const OTHER_MODEL = 'scikit-learn in Python, where the others run ONNX in WebAssembly';

/** Remarks by arm; arms without any are left out. */
export const REMARKS: Readonly<Partial<Record<ArmName, readonly string[]>>> = {
  'pair-rpc': [`structured clone over a service binding: ${ENCODING}`],
  'pair-fetch': [`binary tensors over a service binding: ${ENCODING}; the article's pair sends JSON`],
  'pair-http': ['two workerd processes, which may use two cores; binary tensors, where the article sends JSON'],
  'flask-monolith': [OTHER_MODEL, CLOSES],
  'flask-pair': [OTHER_MODEL, CLOSES, HOP_CLOSES],
  'flask-monolith-gunicorn': [OTHER_MODEL, KEEPS],
  'flask-pair-gunicorn': [OTHER_MODEL, KEEPS, HOP_CLOSES],
  node: ['native onnxruntime on Node: nothing of it runs on Workers'],
};
