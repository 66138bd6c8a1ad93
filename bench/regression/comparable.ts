/** Whether two runs may be compared at all, and what a reader must know of those that may. */
import { isPrimary } from '../analysis/metrics.ts';
import type { Results } from '../analysis/results.ts';

/** Parts of a profile that no primary question depends on: a name, and what is measured after everything else. */
const ASIDE: ReadonlySet<string> = new Set(['name', 'coldStarts', 'footprintStarts']);

const MACHINE = ['cpu', 'cores', 'system', 'pinned'] as const;

/** Arms whose code is none of the product's, from the one that has least of it: what they show is the machine. */
export const CONTROLS: readonly string[] = ['null', 'floor'];

/** Every reason why the runs are not comparable; none when they are. */
export function whyNotComparable(older: Results, newer: Results): string[] {
  const [before, after] = [older.environment, newer.environment];
  const profile = new Map<string, unknown>(Object.entries(after.profile));
  const asked = Object.entries(before.profile).filter(([part]) => !ASIDE.has(part));
  const clients = clientsOf(newer);
  const list = (run: Results) => namesOf(run).join(', ') || 'none';
  const nothing = `no subject in both but controls: ${list(older)} against ${list(newer)}`;
  return [
    ...(older.incomplete === null ? [] : [`the older run is incomplete: ${older.incomplete}`]),
    ...(newer.incomplete === null ? [] : [`the newer run is incomplete: ${newer.incomplete}`]),
    ...MACHINE.flatMap((part) => differ(`another machine: ${part}`, before[part], after[part])),
    ...asked.flatMap(([part, value]) => differ(`another profile: ${part}`, value, profile.get(part))),
    ...[...clientsOf(older)].flatMap(([experiment, client]) =>
      differ(`another client: client of ${experiment}`, client, clients.get(experiment) ?? client),
    ),
    ...(judgedSubjects(older, newer).length > 0 ? [] : [nothing]),
  ];
}

/** Names of the subjects that both runs measured, without the controls. */
export function judgedSubjects(older: Results, newer: Results): string[] {
  const before = namesOf(older);
  return namesOf(newer).filter((name) => before.includes(name) && !CONTROLS.includes(name));
}

/** What does not forbid the comparison, but may explain a change. */
export function remarksOn(older: Results, newer: Results): string[] {
  const [before, after] = [older.environment, newer.environment];
  const names = Object.keys({ ...before.packages, ...after.packages }).sort();
  const software = [
    ...names.flatMap((name) => differ(name, before.packages[name], after.packages[name])),
    ...differ('Node', before.node, after.node),
  ];
  const alone = [...onlyIn('older', older, newer), ...onlyIn('newer', newer, older)];
  const judged = judgedSubjects(older, newer);
  const targets = newer.subjects.filter(({ name, kind }) => kind === 'target' && judged.includes(name));
  return [
    ...(before.date === after.date && before.seed === after.seed ? ['Both are the same run.'] : []),
    ...software.map((text) => `Other software: ${text}.`),
    ...(software.some((text) => text.startsWith('workerd')) ? [WORKERD_REMARK] : []),
    ...(alone.length === 0 ? [] : [...alone, MEMORY_REMARK]),
    ...targets.map(({ name }) => `The deployment ${name} ${TARGET_REMARK}`),
  ];
}

const WORKERD_REMARK =
  'A control runs in workerd too: what the other workerd does to every Worker alike shows in the raw change alone.';
const MEMORY_REMARK = 'Other arms were up together: memory changes with them, as they share the pages of one program.';
const TARGET_REMARK = 'is on no machine of ours: no control is used, and its starts are stretches of time.';

/** The client of each primary experiment: a client is part of what it measures. */
function clientsOf({ measurements }: Results): Map<string, string> {
  const primary = measurements.filter(isPrimary).flatMap(({ condition }) => condition ?? []);
  return new Map(primary.map(({ experiment, client }) => [experiment, client]));
}

function namesOf({ measurements }: Results): string[] {
  return [...new Set(measurements.map(({ subject }) => subject))];
}

function onlyIn(which: string, run: Results, other: Results): string[] {
  const alone = namesOf(run).filter((name) => !namesOf(other).includes(name));
  return alone.length === 0 ? [] : [`Only in the ${which} run, so not compared: ${alone.join(', ')}.`];
}

/** One line, as "older against newer", when they are not the same. */
function differ(what: string, ...values: [older: unknown, newer: unknown]): string[] {
  const [older, newer] = values.map((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none')));
  return older === newer ? [] : [`${what} ${older} against ${newer}`];
}
