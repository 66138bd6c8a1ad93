/**
 * `npm run serve`: one arm, on workerd as in production or a peer, until a signal comes or the parent goes away. Prints
 * `ready URL` when the first right answer has been had. Wrong use and a failed start end with one line on standard error
 * and exit code 2.
 */
import { asksForHelp, commandHelp, parseCommandLine } from '../../models/build/command-line.ts';
import { type BuildOptions, readBuildOptions } from '../../models/build/options.ts';
import { SERVE } from '../manual.ts';
import { ARM_NAMES, type ArmName, isArmName } from './arms.ts';
import { exitOnSignals, whenParentGone } from './processes.ts';

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

/** Starts the arm, whose processes end with this one. */
async function serve({ arm, port, build }: ServeOptions): Promise<void> {
  // Imported only here, so that help and wrong use are answered at once.
  const [{ buildArms }, { startArm }] = await Promise.all([import('./start-arm.ts'), import('./start-arm.ts')]);
  await buildArms([arm], build);
  const { url } = await startArm(arm, { port, build });
  process.stdout.write(`ready http://${url.hostname}:${url.port || 80}\n`);
}

function oneLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replaceAll(/\s+/g, ' ').slice(0, 500);
}

exitOnSignals();
whenParentGone(() => process.exit());
try {
  const args = process.argv.slice(2);
  if (asksForHelp(args)) process.stdout.write(commandHelp(SERVE));
  else await serve(readOptions(args));
} catch (cause) {
  process.stderr.write(`serve: ${oneLine(cause)}\n`);
  process.exit(2);
}
