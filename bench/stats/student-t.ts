/** Student's t distribution, from jStat, which ships no types of its own. */
import jstat from 'jstat';

/** The quantile of probability `p` with `degrees` degrees of freedom. */
export function studentTQuantile(p: number, degrees: number): number {
  return jstat.jStat.studentt.inv(p, degrees);
}
