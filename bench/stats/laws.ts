/** Laws that tie the measures of a closed system together: when they do not fit, one of the measures is wrong. */

const MS_PER_S = 1000;

/** Little's law: requests under way = rate (1/s) x mean response time (ms). Little, "A Proof for the Queuing Formula L = λW", 1961. */
export function littlesLaw({ rate, meanMs }: { readonly rate: number; readonly meanMs: number }): number {
  return (rate * meanMs) / MS_PER_S;
}

/**
 * The utilisation law: cores in use = rate (1/s) x CPU demand of a request (ms). Denning and Buzen, "The Operational
 * Analysis of Queueing Network Models", 1978.
 */
export function utilisationLaw({ rate, demandMs }: { readonly rate: number; readonly demandMs: number }): number {
  return (rate * demandMs) / MS_PER_S;
}
