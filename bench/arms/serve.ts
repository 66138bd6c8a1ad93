/**
 * `npm run serve`: one arm, on workerd as in production or a peer, until a signal comes or the parent goes away. Prints
 * `ready URL` when the first right answer has been had. Wrong use and a failed start end with one line on standard error
 * and exit code 2.
 */
import { constants } from 'node:os';
import { asksForHelp, commandHelp, parseCommandLine } from '../../models/build/command-line.ts';
import { type BuildOptions, readBuildOptions } from '../../models/build/options.ts';
import { SERVE } from '../manual.ts';
import { ARM_NAMES, type ArmName, isArmName } from './arms.ts';
import { whenParentGone } from './processes.ts';
import type { RunningArm } from './start-arm.ts';

const MAX_PORT = 65_535;

interface ServeOptions {
  readonly arm: ArmName;
  readonly port: number;
  readonly build: BuildOptions;
}

function readOptions(args: readonly string[]): ServeOptions {
  const { arm = '', port = '0', ...build } = parseCommandLine(SERVE, args).values;
  if (!isArmName(arm)) throw new Error(`--arm: expected one of ${ARM_NAMES.join(', ')}, got ${JSON.stringify(arm)}`);
  const number = Number(port);
  if (port.trim() !== '' && Number.isInteger(number) && number >= 0 && number <= MAX_PORT) {
    return { arm, port: number, build: readBuildOptions(build) };
  }
  throw new Error(`--port: expected 0 to ${MAX_PORT}, got ${JSON.stringify(port)}`);
}

async function start({ arm, port, build }: ServeOptions): Promise<RunningArm> {
  // Imported only here, so that help and wrong use are answered at once.
  const [{ buildArms }, { startArm }] = await Promise.all([import('./build-arms.ts'), import('./start-arm.ts')]);
  await buildArms([arm], build);
  return startArm(arm, { port, build });
}

/** Resolves with the exit code to end with: 128 and the signal's number, or 0 when the parent process went away. */
function untilAskedToEnd(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve(128 + constants.signals[signal]));
    }
    whenParentGone(() => resolve(0));
  });
}

function oneLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replaceAll(/\s+/g, ' ').slice(0, 500);
}

/** Serves until asked to end, and answers the exit code. */
async function serve(args: readonly string[]): Promise<number> {
  const end = untilAskedToEnd();
  const running = start(readOptions(args));
  const first = await Promise.race([running, end]);
  if (typeof first !== 'number') process.stdout.write(`ready http://${first.url.hostname}:${first.url.port || 80}\n`);
  const code = await end;
  await (await running).stop();
  return code;
}

try {
  const args = process.argv.slice(2);
  if (asksForHelp(args)) process.stdout.write(commandHelp(SERVE));
  else process.exit(await serve(args));
} catch (cause) {
  process.stderr.write(`serve: ${oneLine(cause)}\n`);
  process.exit(2);
}
