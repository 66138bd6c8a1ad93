/** Where the figures come from, how to repeat them, and what they cannot tell. */
import type { Results } from '../../analysis/results.ts';
import { type Block, notesOf, type Section, tableOf } from '../document.ts';
import { fixed, grouped, interval, percent } from '../format.ts';

/** What a reader must know before the figures: whether the run is whole, and where it was made. */
export function preamble(results: Results): Block[] {
  const { incomplete } = results;
  const warning = `Incomplete run: ${incomplete}. What is here was computed from what was measured until then.`;
  return [...notesOf(incomplete === null ? [] : [warning]), { kind: 'text', text: provenance(results) }];
}

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

/** The end of every report. */
export function provenanceSection(results: Results): Section {
  const { subjects, notes } = results;
  const remarks = subjects.flatMap(({ name, remarks: own }) => own.map((text) => `${name}: ${text}`));
  const measured = subjects.filter(({ requests }) => requests > 0);
  const table = tableOf(measured, 1, [
    ['arm', ({ name }) => name],
    ['requests', ({ requests }) => grouped(requests)],
    ['failures', ({ failures }) => grouped(failures)],
    ['share, 95% interval', ({ failureShareCi95 }) => interval(failureShareCi95, (share) => percent(share, 3))],
    ['unstable starts', ({ unstableStarts }) => String(unstableStarts)],
    ['repeated windows', ({ repeatedWindows }) => String(repeatedWindows)],
  ]);
  return {
    id: 'provenance',
    title: 'What to know',
    blocks: [
      { kind: 'list', items: [...remarks, ...notes, ...limitsOf(results), ownCost(results), setUp(results)] },
      ...(measured.length === 0 ? [] : [table]),
      ...notesOf([
        'Every request is in records.ndjson.gz in the folder of the run; npm run bench -- report DIR computes everything here anew from it. results.json has the figures in full, and every comparison besides the primary ones.',
      ]),
    ],
  };
}

/** What no figure of such a run says. */
const LIMITS = {
  arm: 'One machine, loopback, no network, one thread a workerd: trust ratios and differences before values. Cloudflare has other processors, and places and replicates Workers itself.',
  target: 'A deployed target is measured over the network from one place.',
  quick:
    'quick has no open loop, one model and short windows: it tells a difference of some ten percent, and nothing about load; --profile standard does.',
};

function limitsOf({ subjects, environment: { profile } }: Results): string[] {
  const kinds = (['arm', 'target'] as const).filter((asked) => subjects.some(({ kind }) => kind === asked));
  return [...kinds.map((kind) => LIMITS[kind]), ...(profile.name === 'quick' ? [LIMITS.quick] : [])];
}

/** What the benchmark itself took. */
function ownCost({ own }: Results): string {
  if (own === null) return 'What the run took is not known: it did not get to its end.';
  const { elapsedMs, peakMiB } = own;
  const memory =
    peakMiB === null
      ? ''
      : `; at their peak the runner had ${fixed(peakMiB.runner, 0)} MiB and the generator ${fixed(peakMiB.generator, 0)} MiB`;
  return `The run took ${fixed(elapsedMs / 1000, 0)} s after the build${memory}.`;
}

/** What the sentence of the preamble leaves out. */
function setUp({ environment: { profile, memoryGiB, node, packages } }: Results): string {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return `${memoryGiB} GiB of memory, Node ${node}, windows of ${profile.windowMs} ms, ${versions.join(', ')}.`;
}
