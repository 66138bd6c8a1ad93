/**
 * Deploys Workers in the order given, `npm run deploy` and `npm run deploy:pair`: builds what `--runtime` and `--models`
 * name, looks for what would keep it from running, uploads, and holds the answers of its URL against the golden files.
 * Every argument that is not its own goes to every wrangler. What is done is on standard error, what came of it on
 * standard output.
 */
import { build } from '../models/build/build.ts';
import { selectModels } from '../models/build/options.ts';
import { runCommand } from '../models/build/program.ts';
import { KEY_VARIABLE, verifyDeployment } from '../models/build/verify-deployment.ts';
import { keyArguments } from './key-file.ts';
import { ensureLogin } from './login.ts';
import { DEPLOY } from './manual.ts';
import { describeOutcome } from './outcome.ts';
import { type Plan, readPlan } from './plan.ts';
import { checkNames, checkRuntime, checkSize, hasKeys } from './preflight.ts';
import { type Upload, upload } from './upload.ts';

/** A workers.dev address that is new answers within a minute or so. */
const ADDRESS_WAIT_MS = 120_000;

async function deploy(args: readonly string[]): Promise<number> {
  const plan = readPlan(args);
  const { root } = await build(plan.build);
  const asksForKey = await look(plan, root);
  const made: Upload[] = [];
  const code = uploadAll(plan, root, made);
  if (code === 0 && plan.isDry) return 0;
  const left = plan.workers.slice(made.length);
  print(describeOutcome({ made, left, typed: plan.typed, account: plan.isTemporary ? ' --temporary' : '' }));
  if (code !== 0) return code;
  const url = plan.url ?? made.find((one) => one.url !== undefined)?.url;
  const check = `npm run models -- verify --url ${url ?? 'URL'}`;
  if (url === undefined) print(`not checked: no address is known here; ${check}\n`);
  else if (asksForKey && process.env[KEY_VARIABLE] === undefined) {
    print(`not checked: it asks for a key; ${KEY_VARIABLE}=... ${check}\n`);
  } else await verify(plan, url);
  return 0;
}

/** What has to be right before anything is uploaded. Answers whether the deployment will ask for a key. */
async function look({ workers, allowStock, isDry, isTemporary }: Plan, root: string): Promise<boolean> {
  if (!allowStock) checkRuntime(root);
  for (const worker of workers) log(checkSize(worker, root));
  log('memory and CPU: npm run limits');
  if (workers.includes('gateway')) checkNames(root);
  const hasAccount = !isDry && !isTemporary;
  if (hasAccount) await ensureLogin('; or try --temporary, without an account');
  const [open] = workers.filter((worker) => worker !== 'predictor');
  if (open === undefined) return false;
  const asksForKey = keyArguments(open).length > 0 || (hasAccount && (await hasKeys(open, root)));
  if (!asksForKey) log('OPEN TO ANYBODY who knows its address: no API keys; "npm run keys -- new" makes one');
  return asksForKey;
}

/** Uploads one Worker after the other, up to one that fails, into `made`. Answers its exit code. */
function uploadAll({ workers, isDry, wranglerArgs }: Plan, root: string, made: Upload[]): number {
  for (const worker of workers) {
    log(worker);
    const uploaded = upload(worker, root, [...keyArguments(worker), ...wranglerArgs]);
    if (typeof uploaded !== 'number') made.push(uploaded);
    else if (!isDry || uploaded !== 0) return uploaded || 1;
  }
  return 0;
}

/** Rejects when what is at the URL does not answer in time as it should. */
async function verify({ build }: Plan, url: string): Promise<void> {
  const models = selectModels(build.models);
  log(`asking ${url} what the golden files hold`);
  await verifyDeployment(url, models, { waitMs: ADDRESS_WAIT_MS, log: (reason) => log(`waiting: ${reason}`) });
  print(`checked:    ${url} answers as the golden files of ${models.length} model(s) say\n`);
}

function print(text: string): void {
  process.stdout.write(text);
}

function log(message: string): void {
  process.stderr.write(`deploy: ${message}\n`);
}

await runCommand(DEPLOY, deploy);
