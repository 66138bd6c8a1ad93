/** Vars of a process on Deno or Bun: its environment variables, where a Worker has those of its configuration. */

/** The part of each runtime's own object that is used. */
interface Runtimes {
  readonly Deno?: { readonly env: { toObject(): Vars } };
  readonly Bun?: { readonly env: Vars };
}

type Vars = Readonly<Record<string, string>>;

const { Deno, Bun } = globalThis as Runtimes;

export const vars: Vars = Deno?.env.toObject() ?? Bun?.env ?? {};
