/** What a reader must know before the figures: where they come from, and what they cannot tell. */
import type { Results } from '../analysis/results.ts';

/** What was run, when and on what: one sentence, with the command that repeats it. */
export function provenance({ environment: env }: Results): string {
  const { profile, pinned } = env;
  const measured = profile.starts === 0 ? '' : `, ${profile.starts} starts x ${profile.rounds} rounds`;
  return [
    `Measured ${env.date.slice(0, 10)} with \`${env.command}\` (seed ${env.seed}) at commit ${env.commit ?? 'unknown'}:`,
    `profile ${profile.name}${measured}, on ${env.cores} cores of ${env.cpu}, ${env.system}, workerd ${env.packages.workerd},`,
    pinned === null ? 'nothing pinned.' : `the client on core ${pinned.client}, the servers on ${pinned.servers}.`,
  ].join(' ');
}

/** What the benchmark itself took; empty where that is not known. */
export function ownCost({ own }: Results): string {
  if (own === null) return '';
  const memory =
    own.peakMiB === null
      ? ''
      : `; at their peak the runner had ${own.peakMiB.runner.toFixed(0)} MiB and the generator ${own.peakMiB.generator.toFixed(0)} MiB`;
  return `The run took ${(own.elapsedMs / 1000).toFixed(0)} s after the build${memory}.`;
}

/** What no figure of such a run says. */
export function limitsOf({ subjects, environment: { profile } }: Results): string[] {
  const isLocal = subjects.some(({ kind }) => kind === 'arm');
  return [
    ...(isLocal
      ? [
          'One machine, loopback, no network, one thread a workerd: trust ratios and differences before values. Cloudflare has other processors, and places and replicates Workers itself.',
        ]
      : []),
    ...(profile.name === 'quick'
      ? [
          'quick has no open loop, one model and short windows: it tells a difference of some ten percent, and nothing about load; --profile standard does.',
        ]
      : []),
  ];
}

/** Remarks on arms, and notes on the run. */
export function remarksOf({ subjects, notes }: Results): string[] {
  return [...subjects.flatMap(({ name, remarks }) => remarks.map((text) => `${name}: ${text}`)), ...notes];
}
