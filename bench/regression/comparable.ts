/**
 * Whether two runs may be compared at all, and what a reader must know of those that may. What differs is told as "older
 * against newer".
 */
import { isPrimary } from '../analysis/primary.ts';
import type { Results } from '../analysis/results.ts';
import type { Environment } from '../run/environment.ts';

/** Parts of a profile that no primary question depends on: a name, and what is measured after everything else. */
const ASIDE: ReadonlySet<string> = new Set(['name', 'coldStarts', 'footprintStarts']);

/** Arms whose code is none of the product's, from the one that has least of it: what they show is the machine. */
export const CONTROLS = ['null', 'floor'] as const;

/** Every reason why the runs are not comparable; none when they are. */
export function whyNotComparable(older: Results, newer: Results): string[] {
  return [
    ...whyIncomplete('older', older),
    ...whyIncomplete('newer', newer),
    ...otherMachine(older.environment, newer.environment),
    ...otherProfile(older.environment.profile, newer.environment.profile),
    ...otherClients(older, newer),
    ...(judgedSubjects(older, newer).length > 0 ? [] : [noSharedSubject(older, newer)]),
  ];
}

/** Names of the subjects that both runs measured, without the controls. */
export function judgedSubjects(older: Results, newer: Results): string[] {
  const before = namesOf(older);
  return namesOf(newer).filter((name) => before.includes(name) && !CONTROLS.some((control) => control === name));
}

/** What does not forbid the comparison, but may explain a change. */
export function remarksOn(older: Results, newer: Results): string[] {
  const [before, after] = [older.environment, newer.environment];
  const names = [...new Set([...Object.keys(before.packages), ...Object.keys(after.packages)])].sort();
  const packages = names.flatMap((name) => differ(name, before.packages[name], after.packages[name]));
  const same = before.date === after.date && before.seed === after.seed;
  return [
    ...(same ? ['Both are the same run.'] : []),
    ...[...packages, ...differ('Node', before.node, after.node)].map((text) => `Other software: ${text}.`),
    ...(packages.some((text) => text.startsWith('workerd')) ? [WORKERD_REMARK] : []),
    ...oneSided(namesOf(older), namesOf(newer)),
    ...targetsOf(older, newer),
  ];
}

const WORKERD_REMARK =
  'A control runs in workerd too: what the other workerd does to every Worker alike shows in the raw change alone.';

function whyIncomplete(which: string, { incomplete }: Results): string[] {
  return incomplete === null ? [] : [`the ${which} run is incomplete: ${incomplete}`];
}

function otherMachine(older: Environment, newer: Environment): string[] {
  return [
    ...differ('cpu', older.cpu, newer.cpu),
    ...differ('cores', older.cores, newer.cores),
    ...differ('system', older.system, newer.system),
    ...differ('pinned cores', pinning(older), pinning(newer)),
  ].map((text) => `another machine: ${text}`);
}

function pinning({ pinned }: Environment): string {
  return pinned === null ? 'none' : `client ${pinned.client}, servers ${pinned.servers}`;
}

function otherProfile(older: Environment['profile'], newer: Environment['profile']): string[] {
  const after = new Map<string, unknown>(Object.entries(newer));
  return Object.entries(older)
    .filter(([part]) => !ASIDE.has(part))
    .flatMap(([part, value]) => differ(part, JSON.stringify(value), JSON.stringify(after.get(part))))
    .map((text) => `another profile: ${text}`);
}

/** Of the primary questions. A client is part of what it measures. */
function otherClients(older: Results, newer: Results): string[] {
  const after = clientsOf(newer);
  return [...clientsOf(older)]
    .filter(([experiment]) => after.has(experiment))
    .flatMap(([experiment, client]) => differ(`client of ${experiment}`, client, after.get(experiment)))
    .map((text) => `another client: ${text}`);
}

function clientsOf({ measurements }: Results): Map<string, string> {
  const primary = measurements.filter(isPrimary).flatMap(({ condition }) => condition ?? []);
  return new Map(primary.map(({ experiment, client }) => [experiment, client]));
}

function noSharedSubject(older: Results, newer: Results): string {
  const list = (run: Results) => namesOf(run).join(', ') || 'none';
  return `no subject in both but controls: ${list(older)} against ${list(newer)}`;
}

function namesOf({ measurements }: Results): string[] {
  return [...new Set(measurements.map(({ subject }) => subject))];
}

const MEMORY_REMARK = 'Other arms were up together: memory changes with them, as they share the pages of one program.';

function oneSided(before: readonly string[], after: readonly string[]): string[] {
  const only = (names: readonly string[], others: readonly string[], run: string) => {
    const alone = names.filter((name) => !others.includes(name));
    return alone.length === 0 ? [] : [`Only in the ${run} run, so not compared: ${alone.join(', ')}.`];
  };
  const told = [...only(before, after, 'older'), ...only(after, before, 'newer')];
  return told.length === 0 ? [] : [...told, MEMORY_REMARK];
}

function targetsOf(older: Results, newer: Results): string[] {
  const judged = judgedSubjects(older, newer);
  const targets = newer.subjects.filter(({ name, kind }) => kind === 'target' && judged.includes(name));
  if (targets.length === 0) return [];
  const names = targets.map(({ name }) => name).join(', ');
  return [
    `A deployment (${names}) is on no machine of ours: no control is used, and its starts are stretches of time.`,
  ];
}

function differ(what: string, older: unknown, newer: unknown): string[] {
  return older === newer ? [] : [`${what} ${older ?? 'none'} against ${newer ?? 'none'}`];
}
