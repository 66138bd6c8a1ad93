/** Scaling one part: capacity within a budget of CPU, the law that it follows, and from which model time on two services win. */
import type { Crossings } from '../../analysis/crossing.ts';
import type { GridCell, ScalingLaw } from '../../analysis/grid.ts';
import type { ComparisonResult, Results } from '../../analysis/results.ts';
import { uslRate } from '../../stats/usl.ts';
import type { Block, Chart, Line, Section } from '../document.ts';
import { tableOf } from '../document.ts';
import { amount, fixed, interval, percent, range } from '../format.ts';
import { named, verdictWord } from '../verdict.ts';

type Grid = NonNullable<Results['grid']>;

/** The sentences that a reader of such a run came for; none for another one. */
export function gridAnswer(results: Results): Block[] | null {
  const { grid, crossing } = results;
  if (!grid) return null;
  const told: Block[] = [{ kind: 'answer', text: capacityFinding(grid) }];
  return crossing ? [...told, { kind: 'text', text: crossingFinding(crossing) }] : told;
}

/** One row a cell: every arrangement in one piece, then those of more processes. */
export function gridSection({ grid, crossing }: Results): Section | null {
  if (!grid) return null;
  const { cells, laws, objective } = grid;
  const lawOf = (cell: GridCell) => {
    const law =
      laws.find((one) => one.over === 'CPU' && isOf(one, cell)) ?? laws.find((one) => one.over === 'processes');
    const isReplica = cell.fronts > 1 && cell.backs === 0;
    return law?.over === 'CPU' || isReplica ? law?.cells.find(({ cpu }) => cpu === cell.cpu) : undefined;
  };
  const limited = cells.filter(({ generatorLimited }) => generatorLimited > 0);
  const missing = cells.filter(({ starts }) => starts.includes(null));
  return {
    id: 'grid',
    title: 'Capacity within a CPU budget',
    lead: `Requests a second of Poisson arrivals at which p${objective.percentile * 100} stays within ${objective.ms} ms, while all processes of an arrangement share so much of one core (control groups, periods of 10 ms): raised by 15%, bisected to 5%, confirmed once; client ${cells[0]?.client}, geometric mean over starts. Cheap requests are for health and metadata, the others for the default model. The law is the Universal Scalability Law, fitted below.`,
    finding: capacityFinding(grid),
    pictures: [...capacityCharts(grid), ...(crossing ? [winnerChart(crossing)] : [])],
    reading:
      'Per core: measured, with 95% intervals over starts, and the fitted law as a line. Last: which arrangement serves most a core, by how long the model runs in one Worker and the share of cheap requests, from what each kind of request takes of CPU; hollow where it is not the same in every start.',
    table: tableOf(cells, 1, [
      ['arm', ({ subject }) => subject],
      ['CPU', ({ cpu }) => percent(cpu, 1)],
      ['cheap', ({ cheapShare }) => percent(cheapShare)],
      ['req/s', ({ estimate, generatorLimited }) => `${fixed(estimate, 0)}${generatorLimited > 0 ? '*' : ''}`],
      ['95% interval', ({ ci95 }) => range(ci95)],
      ['per core', ({ estimate, cpu }) => fixed(estimate && estimate / cpu, 0)],
      ['cores used', ({ used }) => fixed(used, 3)],
      ['law', (cell) => fixed(lawOf(cell)?.rate ?? null, 0)],
      ['off', (cell) => percentOrDash(lawOf(cell)?.error ?? null)],
    ]),
    notes: [
      'Of replicas each process brings a quarter of a core, and one budget holds them all: an idle one gives its part to the others. The generator asks the processes that answer clients in turn; of GxP the i-th of G gateways asks predictor i modulo P, as there is no balancer between them.',
      ...(limited.length === 0
        ? []
        : ['* In some starts the generator came to its limit first: it is at least so much.']),
      ...missing.map(({ subject, cpu, cheapShare, starts }) => {
        const none = starts.filter((rate) => rate === null).length;
        return `${subject} at ${percent(cpu, 1)}, ${percent(cheapShare)} cheap: no rate held in ${none} of ${starts.length} starts.`;
      }),
    ],
  };
}

function isOf({ subject, cheapShare }: ScalingLaw, cell: GridCell): boolean {
  return subject === cell.subject && cheapShare === cell.cheapShare;
}

function percentOrDash(share: number | null): string {
  return share === null ? '-' : percent(share);
}

/** What each arrangement in one piece serves with the largest budget, by share of cheap requests. */
function capacityFinding({ cells, objective }: Grid): string {
  const most = Math.max(...cells.map(({ cpu }) => cpu));
  const whole = cells.filter(({ cpu, fronts, backs, estimate }) => {
    return cpu === most && fronts === 1 && backs <= 1 && estimate !== null;
  });
  const told = [...Map.groupBy(whole, ({ cheapShare }) => cheapShare)].map(([share, own]) => {
    const best = own.toSorted((a, b) => (b.estimate ?? 0) - (a.estimate ?? 0));
    return `${percent(share)} cheap: ${best.map(({ subject, estimate }) => `${subject} ${amount(estimate)}`).join(', ')}`;
  });
  const what = `Requests a second with ${percent(most)} of a core and p${objective.percentile * 100} within ${objective.ms} ms`;
  return `${what}: ${named(told) || 'none that was tried'}.`;
}

/** One chart a share of cheap requests. */
function capacityCharts({ cells, laws }: Grid): Chart[] {
  const whole = cells.filter(({ fronts, backs }) => fronts === 1 && backs <= 1);
  const ticks = [...new Set(whole.map(({ cpu }) => cpu))];
  return [...Map.groupBy(whole, ({ cheapShare }) => cheapShare)].map(([cheapShare, own]) => ({
    kind: 'chart',
    x: {
      label: `CPU, ${percent(cheapShare)} of requests cheap`,
      isLog: true,
      ticks,
      format: (share) => percent(share, 1),
    },
    y: { label: 'requests/s per core', isLog: true },
    lines: [...Map.groupBy(own, ({ subject }) => subject)].flatMap(([subject, all]): Line[] => {
      const points = all.flatMap(({ cpu, estimate, ci95, generatorLimited }) => {
        const ends = ci95 && ([ci95[0] / cpu, ci95[1] / cpu] as const);
        return estimate === null ? [] : [{ x: cpu, y: estimate / cpu, ends, isHollow: generatorLimited > 0 }];
      });
      const law = laws.find((one) => one.over === 'CPU' && one.subject === subject && one.cheapShare === cheapShare);
      const path = ticks.map((cpu) => [cpu, law ? uslRate(law, cpu / Math.min(...ticks)) / cpu : Number.NaN] as const);
      return points.length === 0 ? [] : [{ subject, points, path }];
    }),
  }));
}

/** Which arrangement serves most a core. */
function winnerChart({ winners }: Crossings): Chart {
  return {
    kind: 'chart',
    x: { label: 'the model in one Worker, ms', isLog: true },
    y: { label: 'share of requests that are cheap', format: percent },
    lines: [...Map.groupBy(winners, ({ winner }) => winner)].map(([subject, own]) => ({
      subject,
      points: own.map(({ ms, cheapShare, isSure }) => ({ x: ms, y: cheapShare, isHollow: !isSure })),
    })),
  };
}

/** One row a law. */
export function uslSection({ grid }: Results): Section | null {
  if (!grid || grid.laws.length === 0) return null;
  const worst = ({ cells }: ScalingLaw) => Math.max(...cells.map(({ error }) => Math.abs(error)));
  return {
    id: 'usl',
    title: 'How capacity grows with what it is given',
    lead: 'The Universal Scalability Law, X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)): N is the budget in units of the smallest, or the number of processes of a quarter of a core each; lambda the capacity at N = 1, sigma what does not grow along (below zero: a small budget is worth less than its share), kappa the price of coordination. Fitted to relative errors; 95% intervals over fits to each start.',
    table: tableOf(grid.laws, 1, [
      ['arm', ({ subject }) => subject],
      ['cheap', ({ cheapShare }) => percent(cheapShare)],
      ['N', ({ over }) => over],
      ['lambda', ({ lambda }) => fixed(lambda, 0)],
      ['95%', ({ lambdaCi95 }) => range(lambdaCi95)],
      ['sigma', ({ sigma }) => fixed(sigma, 3)],
      ['95%', ({ sigmaCi95 }) => range(sigmaCi95)],
      ['kappa', ({ kappa }) => fixed(kappa, 4)],
      ['95%', ({ kappaCi95 }) => range(kappaCi95)],
      ['worst', (law) => percent(worst(law))],
    ]),
    notes: ['Worst: how far the law is off a cell that it was fitted to, at the most.'],
  };
}

const UNITS = { latencyP50Ms: 'time', cpuMsPerRequest: 'CPU' } as const;

/** One row an arrangement and workload, the lightest model first. */
export function crossingSection({ crossing, comparisons, environment }: Results): Section | null {
  if (!crossing) return null;
  const ofCosts = comparisons.filter(({ condition }) => condition?.experiment === 'cost');
  const { base, times } = crossing;
  const rising = times.toSorted((a, b) => a.ms - b.ms);
  const subjects = [...new Set(crossing.crossings.map(({ subject }) => subject))];
  const rows = subjects.flatMap((subject) => rising.map((time) => ({ subject, ...time })));
  const find = (row: (typeof rows)[number], metric: keyof typeof UNITS, connections: number) =>
    ofCosts.find(({ b, metric: own, condition }) => {
      const { load, workload } = condition ?? {};
      return b === row.subject && own === metric && workload === row.workload && connectionsAre(load, connections);
    });
  const ratio = (one?: ComparisonResult) => (one?.ratio ? fixed(one.ratio.estimate, 2) : '-');
  const columns = (metric: keyof typeof UNITS, connections: number) =>
    [
      [UNITS[metric], (row: (typeof rows)[number]) => ratio(find(row, metric, connections))],
      ['95%', (row: (typeof rows)[number]) => range(find(row, metric, connections)?.ratio?.ci95 ?? null)],
      ['', (row: (typeof rows)[number]) => wordOf(find(row, metric, connections))],
    ] as const;
  return {
    id: 'crossing',
    title: 'From which model time on two services win',
    lead: `A request of each workload against ${base}: the median of its time at one connection, and CPU of all processes at 8, closed loops, client undici, each arrangement with a whole core. The model's time is that of a request to ${base} less that of a cheap one. Ratios below 1 are for two services; 95% intervals over ${environment.profile.grid?.starts ?? 'all'} starts.`,
    finding: crossingFinding(crossing),
    table: tableOf(rows, 2, [
      ['arm', ({ subject }) => subject],
      ['workload', ({ workload }) => workload],
      ['model ms', ({ ms }) => fixed(ms, 2)],
      ...columns('latencyP50Ms', 1),
      ...columns('cpuMsPerRequest', 8),
    ]),
    notes: [crossingFinding(crossing), ...GPU],
  };
}

function connectionsAre(load: { readonly kind: string; readonly connections?: number } | undefined, count: number) {
  return load?.kind === 'closed' && load.connections === count;
}

function wordOf(one?: ComparisonResult): string {
  return one === undefined ? '-' : verdictWord(one);
}

function crossingFinding({ base, times, crossings }: Crossings): string {
  const longest = Math.max(...times.map(({ ms }) => ms));
  const told = crossings.map(({ subject, metric, estimate, ci95, starts }) => {
    const never = starts.filter((ms) => ms === 'never').length;
    if (never === starts.length) return `${subject} never in ${UNITS[metric]}, up to a model of ${amount(longest)} ms`;
    if (estimate !== null)
      return `${subject} in ${UNITS[metric]} from ${amount(estimate)} ms (95% interval ${interval(ci95)})`;
    return `${subject} in ${UNITS[metric]} inconclusive: never in ${never} of ${starts.length} starts`;
  });
  return `Two services take less than ${base}: ${told.join('; ')}.`;
}

const GPU = [
  'The predictor of pair-native has no more than its part of the same core. One on a machine of its own, or with a GPU, has its own price and its own time: put its time at the model in place of the native one, and its network in place of loopback.',
];

/** What scales by itself on Cloudflare, in words: nothing of it can be measured here. */
export function platformSection({ grid }: Results): Section | null {
  if (!grid) return null;
  return {
    id: 'platform',
    title: 'What scales by itself on Cloudflare',
    lead: 'Processes and budgets are of this machine. On Cloudflare nobody sets the number of replicas: of a second Worker it changes neither how many isolates there are nor which part gets more of them. By the public documents:',
    table: { kind: 'table', head: [], rows: [], words: 0 },
    notes: PLATFORM,
  };
}

const DOCS = 'https://developers.cloudflare.com/workers';
const PLATFORM = [
  `Both of a pair scale alike: by default two Workers that are bound to each other run on the same thread of the same server, and a call between them costs no request (${DOCS}/runtime-apis/bindings/service-bindings/).`,
  `Isolates are started where requests come in, on any server of any location, many in one runtime, and go when they are idle or too large (${DOCS}/reference/how-workers-works/).`,
  'Within a location requests for a Worker go to a server where it is warm, and on to others when that one has too much to do (https://blog.cloudflare.com/eliminating-cold-starts-2-shard-and-conquer/).',
  `What a second Worker does change: memory of 128 MB and CPU time are limits of each isolate and each invocation, so the gateway keeps both for itself (${DOCS}/platform/limits/); it has releases and owners of its own; and it can be placed near what it calls (${DOCS}/configuration/placement/).`,
  'Only a predictor that is no Worker, behind PREDICTOR_URL, can be given more machines than its gateway: that is what pair-native stands for.',
];
