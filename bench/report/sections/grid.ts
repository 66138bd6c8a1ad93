/** Scaling one part: capacity within a budget of CPU, the law that it follows, and from which model time on two services win. */
import { COST_CONNECTIONS, type CostMetric, type Crossings } from '../../analysis/crossing.ts';
import { type GridCell, type GridResult, isWhole, type ScalingLaw } from '../../analysis/grid.ts';
import type { ComparisonResult, Results } from '../../analysis/results.ts';
import { type Block, type Chart, type Column, type Section, tableOf } from '../document.ts';
import { amount, fixed, interval, percent, range } from '../format.ts';
import { clientOf, connectionsOf, notesOn } from '../lookup.ts';
import { named } from '../verdict.ts';

/** The sentences that a reader of such a run came for; null for another one. */
export function gridAnswer({ grid, crossing }: Results): Block[] | null {
  if (!grid) return null;
  const told: Block[] = [{ kind: 'answer', text: capacityFinding(grid) }];
  return crossing ? [...told, { kind: 'text', text: crossingFinding(crossing) }] : told;
}

const READING =
  'Per core: measured, with 95% intervals over starts, and the fitted law as a line. Last: which arrangement serves most a core, by how long the model runs in one Worker and the share of cheap requests, from what each kind of request takes of CPU; hollow where it is not the same in every start.';
const REPLICAS =
  'Of replicas each process brings a quarter of a core, and one budget holds them all: an idle one gives its part to the others. The generator asks the processes that answer clients in turn; of GxP the i-th of G gateways asks predictor i modulo P, as there is no balancer between them.';
const AT_LEAST = '* In some starts the generator came to its limit first: it is at least so much.';

/** One row a cell; null for a run without a grid. */
export function gridSection({ grid, crossing }: Results): Section | null {
  if (!grid) return null;
  const { cells, objective } = grid;
  return {
    id: 'grid',
    title: 'Capacity within a CPU budget',
    lead: `Requests a second of Poisson arrivals at which p${objective.percentile * 100} stays within ${objective.ms} ms and none fails, while all processes of an arrangement share so much of one core (control groups, periods of 8 ms): raised by 16%, bisected to 8%, by the early stopping of MLPerf in windows of 2 s and some 1,200 requests or more, of fewer where these take over 8 s; client ${cells[0]?.client}, geometric mean over starts. Cheap requests are for health and metadata, the others for the default model. The law is the Universal Scalability Law, fitted below.`,
    finding: capacityFinding(grid),
    pictures: gridCharts({ grid, crossing }),
    reading: READING,
    table: tableOf(cells, 1, [
      ['arm', ({ subject }) => subject],
      ['CPU', ({ cpu }) => percent(cpu, 1)],
      ['cheap', ({ cheapShare }) => percent(cheapShare)],
      [
        'req/s',
        ({ estimate, generatorLimited }) => `${fixed(estimate, 0)}${estimate && generatorLimited > 0 ? '*' : ''}`,
      ],
      ['95% interval', ({ ci95 }) => range(ci95)],
      ['starts', ({ starts }) => `${starts.filter((rate) => rate !== null).length} of ${starts.length}`],
      ['per core', ({ estimate, cpu }) => fixed(estimate && estimate / cpu, 0)],
      ['p99, ms', ({ p99Ms }) => fixed(p99Ms, 0)],
      ['cores used', ({ used }) => fixed(used, 3)],
      ['law', ({ lawRate }) => fixed(lawRate, 0)],
      ['off', ({ lawError }) => (lawError === null ? '-' : percent(lawError))],
    ]),
    notes: [
      ...replicaFindings(grid),
      REPLICAS,
      ...(cells.some(({ generatorLimited }) => generatorLimited > 0) ? [AT_LEAST] : []),
    ],
  };
}

/** Who serves most how often, and what each serves in one piece with the largest budget, by share of cheap requests. */
function capacityFinding({ cells, objective }: GridResult): string {
  const known = cells.filter((cell) => isWhole(cell) && cell.estimate !== null);
  const places = [...Map.groupBy(known, ({ cpu, cheapShare }) => `${cpu}/${cheapShare}`).values()];
  const won = [...Map.groupBy(places, (own) => rising(own).at(-1)?.subject)];
  const most = Math.max(...cells.map(({ cpu }) => cpu));
  const whole = known.filter(({ cpu }) => cpu === most);
  const told = [...Map.groupBy(whole, ({ cheapShare }) => cheapShare)].map(([share, own]) => {
    return `${percent(share)} cheap: ${ranked(own)}`;
  });
  const wins = won.map(([subject, own]) => `${subject} in ${own.length}`);
  const what = `Requests a second with ${percent(most)} of a core and p${objective.percentile * 100} within ${objective.ms} ms`;
  const first = `Of ${places.length} budgets and shares of cheap requests the most is served by ${named(wins)}.`;
  return `${first} ${what}: ${named(told) || 'none that was tried'}.`;
}

function rising(cells: readonly GridCell[]): GridCell[] {
  return cells.toSorted((a, b) => (a.estimate ?? 0) - (b.estimate ?? 0));
}

/** Who serves most, and so on down. */
function ranked(cells: readonly GridCell[]): string {
  return rising(cells)
    .toReversed()
    .map(({ subject, estimate }) => `${subject} ${amount(estimate)}`)
    .join(', ');
}

/** One Worker against gateways by predictors for each total that both have replicas of, in sentences. */
function replicaFindings({ cells }: GridResult): string[] {
  const totals = Map.groupBy(cells, ({ cpu, cheapShare }) => `${percent(cpu)} of a core, ${percent(cheapShare)} cheap`);
  return [...totals].flatMap(([total, own]) => {
    const equal = own.filter(({ subject }) => /^(combined|pair-http)/.test(subject));
    return equal.some((cell) => !isWhole(cell)) ? `At an equal total of ${total}: ${ranked(equal)}.` : [];
  });
}

/** Capacity for each share of cheap requests, and who wins where; none for a run without a grid. */
export function gridCharts({ grid, crossing }: Pick<Results, 'grid' | 'crossing'>): Chart[] {
  return [...(grid ? capacityCharts(grid) : []), ...(crossing ? [winnerChart(crossing)] : [])];
}

/** One chart a share of cheap requests. */
function capacityCharts({ cells }: GridResult): Chart[] {
  const whole = cells.filter((cell) => isWhole(cell) && cell.estimate !== null);
  const ticks = [...new Set(whole.map(({ cpu }) => cpu))];
  return [...Map.groupBy(whole, ({ cheapShare }) => cheapShare)].map(([share, own]) => ({
    kind: 'chart',
    x: {
      label: `CPU, ${percent(share)} of requests cheap`,
      isLog: true,
      ticks,
      format: (cpu) => percent(cpu, cpu < 0.2 ? 1 : 0),
    },
    y: { label: 'requests/s per core', isLog: true },
    lines: [...Map.groupBy(own, ({ subject }) => subject)].map(([subject, all]) => {
      const path = all.map(({ cpu, lawRate }) => [cpu, (lawRate ?? Number.NaN) / cpu] as const);
      return { subject, path, points: all.map(pointOf) };
    }),
  }));
}

function pointOf({ cpu, estimate, ci95, generatorLimited }: GridCell) {
  const ends = ci95 && ([ci95[0] / cpu, ci95[1] / cpu] as const);
  return { x: cpu, y: (estimate ?? Number.NaN) / cpu, ends, isHollow: generatorLimited > 0 };
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
  const columnsOf = (part: 'sigma' | 'kappa', digits: number): Column<ScalingLaw>[] => [
    [part, (law) => fixed(law[part], digits)],
    ['95%', ({ ci95 }) => ci95[part]?.map((end) => fixed(end, digits)).join('..') ?? '-'],
  ];
  return {
    id: 'usl',
    title: 'How capacity grows with what it is given',
    lead: 'The Universal Scalability Law, X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)): N is the budget in units of the smallest, or the number of processes of a quarter of a core each; lambda the capacity at N = 1, sigma what does not grow along (below zero: a small budget is worth less than its share), kappa the price of coordination. Fitted to relative errors; 95% intervals over fits to each start. Worst: how far it is off a cell that it was fitted to, at the most.',
    table: tableOf(grid.laws, 1, [
      ['arm', ({ subject }) => subject],
      ['cheap', ({ cheapShare }) => percent(cheapShare)],
      ['N', ({ over }) => over],
      ['lambda', ({ lambda }) => fixed(lambda, 0)],
      ...columnsOf('sigma', 3),
      ...columnsOf('kappa', 4),
      ['worst', ({ worstError }) => percent(worstError)],
    ]),
  };
}

const UNITS = { latencyP50Ms: 'time', cpuMsPerRequest: 'CPU' } as const satisfies Record<CostMetric, string>;
const GPU =
  'The predictor of pair-native has no more than its part of the same core. One on a machine of its own, or with a GPU, has its own price and its own time: put its time at the model in place of the native one, and its network in place of loopback.';

/** One row an arrangement and workload, the lightest model first; null for a run without costs. */
export function crossingSection(results: Results): Section | null {
  const { crossing, comparisons } = results;
  if (!crossing) return null;
  const isAsked = ({ metric, condition }: ComparisonResult) => {
    const connections = condition?.experiment === 'cost' ? connectionsOf(condition) : null;
    return (
      connections !== null && Object.entries(COST_CONNECTIONS).some(([of, n]) => of === metric && n === connections)
    );
  };
  const asked = comparisons.filter(isAsked);
  const rising = crossing.times.toSorted((a, b) => a.ms - b.ms);
  const subjects = [...new Set(crossing.crossings.map(({ subject }) => subject))];
  const rows = subjects.flatMap((subject) => rising.map((time) => ({ subject, ...time })));
  type Row = (typeof rows)[number];
  const columnsOf = (metric: CostMetric): Column<Row>[] => {
    const find = ({ subject, workload }: Row): ComparisonResult | undefined =>
      asked.find((one) => one.condition?.workload === workload && one.b === subject && one.metric === metric);
    return [
      [UNITS[metric], (row) => `${fixed(find(row)?.ratio?.estimate ?? null, 2)}${find(row)?.clientLimited ? '*' : ''}`],
      ['95%', (row) => range(find(row)?.ratio?.ci95 ?? null)],
    ];
  };
  return {
    id: 'crossing',
    title: 'From which model time on two services win',
    lead: `A request of each workload against ${crossing.base}, as ratios with 95% intervals: the median of its time at one connection, and CPU of all processes at 8, closed loops, client ${clientOf(results, 'cost')}, each arrangement with a whole core. The model's time is that of a request to ${crossing.base} less that of a cheap one.`,
    table: tableOf(rows, 2, [
      ['arm', ({ subject }) => subject],
      ['workload', ({ workload }) => workload],
      ['model ms', ({ ms }) => fixed(ms, 2)],
      ...columnsOf('latencyP50Ms'),
      ...columnsOf('cpuMsPerRequest'),
    ]),
    notes: [crossingFinding(crossing), GPU, ...notesOn(asked)],
  };
}

function crossingFinding({ base, times, crossings }: Crossings): string {
  const longest = amount(Math.max(...times.map(({ ms }) => ms)));
  const told = crossings.map(({ subject, metric, estimate, ci95, starts }) => {
    const [what, never] = [`${subject} in ${UNITS[metric]}`, starts.filter((ms) => ms === 'never').length];
    if (estimate !== null) return `${what} from ${amount(estimate)} ms (95% interval ${interval(ci95)})`;
    if (never === starts.length) return `${what} for no model of up to ${longest} ms`;
    const always = starts.filter((ms) => ms === 0).length;
    return `${what} inconclusive (for no model in ${never}, for all in ${always} of ${starts.length} starts)`;
  });
  return `Two services take less than ${base}: ${told.join('; ')}.`;
}

/** What scales by itself on Cloudflare, in words: nothing of it can be measured here. */
export function platformSection({ grid }: Results): Section | null {
  if (!grid) return null;
  return {
    id: 'platform',
    title: 'What scales by itself on Cloudflare',
    lead: 'Processes and budgets are of this machine. On Cloudflare nobody sets the number of replicas, and a second Worker changes neither how many isolates there are nor which part has more of them. By the public documents:',
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
