/**
 * `npm run serve`: one arm, on workerd as in production or a peer, until a signal comes or the parent goes away. Prints
 * `ready URL` after the first right answer. Wrong use and a failed start end with a line on standard error and code 2.
 */
import { oneOf, parseCommandLine, UsageError } from '../../models/build/command-line.ts';
import { readBuildOptions } from '../../models/build/options.ts';
import { runCommand } from '../../models/build/program.ts';
import { SERVE } from '../manual.ts';
import { ARM_NAMES, whyUnavailable } from './arms.ts';
import { exitWhenTold } from './processes.ts';

const MAX_PORT = 65_535;

function readPort(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= MAX_PORT) return Number(text);
  throw new UsageError(`--port: expected 0 to ${MAX_PORT}, got ${JSON.stringify(text)}`);
}

exitWhenTold();
await runCommand(SERVE, async (args) => {
  const { arm: name = '', port: number = '0', ...values } = parseCommandLine(SERVE, args).values;
  const [arm, port, build] = [oneOf('--arm', ARM_NAMES, name), readPort(number), readBuildOptions(values)];
  // Imported only here, so that help and wrong use are answered at once.
  const { buildArms, startArm } = await import('./start-arm.ts');
  try {
    const reason = whyUnavailable(arm);
    if (reason !== null) throw new Error(reason);
    await buildArms([arm], build);
    const { url } = await startArm(arm, { port, build });
    process.stdout.write(`ready ${url.origin}\n`);
    return 0;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(message.replaceAll(/\s+/g, ' ').slice(0, 500));
  }
});
