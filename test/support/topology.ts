/** The deployments that must answer alike. */
import { type ArmName, TOPOLOGIES, WEB_ARMS } from '../../bench/arms/arms.ts';
import { whyUnavailable } from '../../bench/peers/peers.ts';
import type { Question } from './ask.ts';

const LEFT_OUT = WEB_ARMS.flatMap((arm) => whyUnavailable(arm) ?? []);
if (LEFT_OUT.length > 0) process.stderr.write(`contract: ${LEFT_OUT.join('; ')}\n`);

/** All that must answer alike, of what is installed. */
export const DEPLOYMENTS = [...TOPOLOGIES, ...WEB_ARMS.filter((arm) => whyUnavailable(arm) === null)];

/** Whether the app is asked for the path as it was sent: Bun resolves dots in it first, as the URL standard has it. */
export function asksAsSent(deployment: ArmName, { path }: Question): boolean {
  return deployment !== 'bun' || !/\/(\.|%2e){1,2}(\/|$)/i.test(path);
}
