/**
 * The process that keeps the arms: it starts and ends them as it is asked over IPC, and ends with the process that asked,
 * the arms with it. See start-arm-host.ts for why it is one of its own.
 */
import * as v from 'valibot';
import { ARM_NAMES } from './arms.ts';
import { type HostAnswer, HostRequest } from './host-messages.ts';
import { type RunningArm, startArm } from './start-arm.ts';

const running = new Map<number, RunningArm>();

/** Starts the arm under a number, or ends the one under it. */
async function serve(request: HostRequest): Promise<Pick<HostAnswer, 'started'>> {
  if (request.kind === 'stop') {
    await running.get(request.arm)?.stop();
    running.delete(request.arm);
    return { started: null };
  }
  const arm = await startArm(v.parse(v.picklist(ARM_NAMES), request.name), { build: request.build });
  running.set(request.arm, arm);
  return { started: { url: arm.url.href, processes: [...arm.processes] } };
}

process.on('message', async (message) => {
  const request = v.parse(HostRequest, message);
  const answer = await serve(request).then(
    (answered): HostAnswer => ({ id: request.id, error: null, ...answered }),
    (cause: unknown): HostAnswer => {
      const error = cause instanceof Error ? cause.message : String(cause);
      return { id: request.id, error, started: null };
    },
  );
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());
// A terminal sends these to the whole group: the program that asked decides when the arms end.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => process.exit());
