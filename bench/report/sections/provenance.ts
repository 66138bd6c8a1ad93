/** Where the figures come from, how to repeat them, and what they cannot tell. */
import type { Results } from '../../analysis/results.ts';
import { type Block, type Section, tableOf } from '../document.ts';
import { fixed, interval, percent } from '../format.ts';

/** What a reader must know before the figures: whether the run is whole, and where it was made. */
export function preamble(results: Results): Block[] {
  const { incomplete } = results;
  const text = `Incomplete run: ${incomplete}. What is here was computed from what was measured until then.`;
  const warning: Block[] = incomplete === null ? [] : [{ kind: 'note', text }];
  return [...warning, { kind: 'text', text: provenance(results) }];
}

/** What was run, when and on what: one sentence, with the command that repeats it. */
function provenance({ environment: env }: Results): string {
  const { profile, pinned } = env;
  const ofGrid = profile.grid === undefined ? '' : `, ${profile.grid.starts} starts`;
  const measured = profile.starts === 0 ? ofGrid : `, ${profile.starts} starts x ${profile.rounds} rounds`;
  return [
    `Measured ${env.date.slice(0, 10)} with \`${env.command}\` (seed ${env.seed}) at commit ${env.commit ?? 'unknown'}:`,
    `profile ${profile.name}${measured}, on ${env.cores} cores of ${env.cpu}, ${env.system}, workerd ${env.packages.workerd},`,
    pinned === null ? 'nothing pinned.' : `the client on core ${pinned.client}, the servers on ${pinned.servers}.`,
  ].join(' ');
}

/** What no figure of such a run says. */
const LIMITS = {
  arm: 'One machine, loopback, no network, one thread a workerd: trust ratios and differences before values. Cloudflare has other processors, and places and replicates Workers itself.',
  target:
    'A deployed target is measured over the network from one place; its intervals are over rounds, as it has no starts of its own.',
  quick:
    'quick has no open loop, one model and short windows: it tells a difference of some ten percent, and nothing about load; --profile standard does.',
};

/** The end of every report. */
export function provenanceSection({ subjects, notes, own, environment }: Results): Section {
  const { profile, memoryGiB, node, packages } = environment;
  const kinds = (['arm', 'target'] as const).filter((asked) => subjects.some(({ kind }) => kind === asked));
  const measured = subjects.filter(({ requests }) => requests > 0);
  const peak = own?.peakMiB;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return {
    id: 'provenance',
    title: 'What to know',
    lead: 'Every request is in records.ndjson.gz in the folder of the run; npm run bench -- report DIR computes everything here anew from it. results.json has the figures in full, and every comparison besides the primary ones.',
    table: tableOf(measured, 1, [
      ['arm', ({ name }) => name],
      ['requests', ({ requests }) => requests.toLocaleString('en')],
      ['failures', ({ failures }) => failures.toLocaleString('en')],
      ['share, 95% interval', ({ failureShareCi95 }) => interval(failureShareCi95, (share) => percent(share, 3))],
      ['unstable starts', ({ unstableStarts }) => String(unstableStarts)],
      ['repeated windows', ({ repeatedWindows }) => String(repeatedWindows)],
    ]),
    notes: [
      ...subjects.flatMap(({ name, remarks }) => remarks.map((text) => `${name}: ${text}`)),
      ...notes,
      ...kinds.map((kind) => LIMITS[kind]),
      ...(profile.name === 'quick' ? [LIMITS.quick] : []),
      ...(own === null ? [] : [`The run took ${fixed(own.elapsedMs / 1000, 0)} s after the build.`]),
      ...(peak == null
        ? []
        : [
            `At their peak the runner had ${fixed(peak.runner, 0)} MiB and the generator ${fixed(peak.generator, 0)} MiB.`,
          ]),
      `${memoryGiB} GiB of memory, Node ${node}, windows of ${profile.windowMs} ms, ${versions.join(', ')}.`,
    ],
  };
}
