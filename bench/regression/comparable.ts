/** Whether two runs may be compared at all, and what a reader must know of those that may. */
import { isPrimary } from '../analysis/metrics.ts';
import type { Results } from '../analysis/results.ts';
import { isReference } from '../analysis/subjects.ts';

/** Parts of a profile that no primary question depends on: a name, and what is measured after everything else. */
const ASIDE = ['name', 'coldStarts', 'footprintStarts', 'faultStarts', 'faultRepeats', 'faultMs'];

/** Arms whose code is none of the product's, from the one that has least of it: what they show is the machine. */
export const CONTROLS: readonly string[] = ['null', 'bare', 'floor'];

/** Every reason why the runs are not comparable; none when they are. */
export function whyNotComparable(older: Results, newer: Results): string[] {
  const [before, after] = [older.environment, newer.environment];
  const profile = Object.keys(before.profile).filter((part) => !ASIDE.includes(part));
  const [clients, others] = [clientsOf(older), clientsOf(newer)];
  const inBoth = Object.keys(clients).filter((experiment) => Object.hasOwn(others, experiment));
  const list = (run: Results) => namesOf(run).join(', ') || 'none';
  const nothing = `no subject in both but controls: ${list(older)} against ${list(newer)}`;
  return [
    ...(older.incomplete === null ? [] : [`the older run is incomplete: ${older.incomplete}`]),
    ...(newer.incomplete === null ? [] : [`the newer run is incomplete: ${newer.incomplete}`]),
    ...differ('another machine: ', before, after, ['cpu', 'cores', 'system', 'pinned']),
    ...differ('another profile: ', { ...before.profile }, { ...after.profile }, profile),
    ...differ('another client: client of ', clients, others, inBoth),
    ...(judgedSubjects(older, newer).length > 0 ? [] : [nothing]),
  ];
}

/** Names of the subjects that both runs measured, without those that are there to be measured from. */
export function judgedSubjects(older: Results, newer: Results): string[] {
  const before = namesOf(older);
  return namesOf(newer).filter((name) => before.includes(name) && !isReference(name));
}

/** What does not forbid the comparison, but may explain a change. */
export function remarksOn(older: Results, newer: Results): string[] {
  const [before, after] = [older.environment, newer.environment];
  const names = Object.keys({ ...before.packages, ...after.packages }).sort();
  const software = [...differ('', before.packages, after.packages, names), ...differ('', before, after, ['node'])];
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

/** The client of each primary experiment: it is part of what is measured. */
function clientsOf({ measurements }: Results): Record<string, string> {
  const primary = measurements.filter(isPrimary).flatMap(({ condition }) => condition ?? []);
  return Object.fromEntries(primary.map(({ experiment, client }) => [experiment, client]));
}

function namesOf({ measurements }: Results): string[] {
  return [...new Set(measurements.map(({ subject }) => subject))];
}

function onlyIn(which: string, run: Results, other: Results): string[] {
  const alone = namesOf(run).filter((name) => !namesOf(other).includes(name));
  return alone.length === 0 ? [] : [`Only in the ${which} run, so not compared: ${alone.join(', ')}.`];
}

type Facts = Readonly<Record<string, unknown>>;

/** A line, "older against newer", for each key whose values are not the same. */
function differ(what: string, older: Facts, newer: Facts, keys: readonly string[]): string[] {
  const told = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none'));
  const changed = keys.filter((key) => told(older[key]) !== told(newer[key]));
  return changed.map((key) => `${what}${key} ${told(older[key])} against ${told(newer[key])}`);
}
