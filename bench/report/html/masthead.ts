/** The top of the page: what was run, when and where, and what its figures can and cannot say. */
import type { Results } from '../../analysis/results.ts';
import { html, type Markup } from './markup.ts';
import { amount, count, listed } from './numbers.ts';

export function masthead(results: Results): Markup {
  const { environment: env, subjects, incomplete } = results;
  const requests = subjects.reduce((sum, one) => sum + one.requests, 0);
  const names = listed(subjects.map(({ name }) => name));
  const { profile } = env;
  return html`<header>
<h1>Tandem benchmark: one Worker or two</h1>
<p>Profile ${profile.name}: ${names}; ${count(profile.starts, 'start')} × ${count(profile.rounds, 'round')}, ${amount(requests)}
requests. <span class="quiet">${date(env.date)}, ${env.cores} cores of ${env.cpu}, ${env.system}, workerd ${env.packages.workerd ?? 'unknown'}.</span></p>
${incomplete === null ? null : banner(incomplete)}
<p class="quiet">${limits(results)}</p>
</header>
`;
}

function banner(why: string): Markup {
  return html`<p class="banner" role="alert"><strong>Incomplete run:</strong> ${why}. What is here was computed from what was measured until then.</p>`;
}

/** What a reader may conclude: one line. */
function limits({ environment: env, subjects }: Results): string {
  if (subjects.some(({ kind }) => kind === 'target')) {
    return 'Limits: a deployed target is measured over the network from one place, and its intervals are over rounds, because a deployment has no starts of its own; figures of local arms are of this machine, over loopback.';
  }
  return `Limits: loopback on a machine of ${env.cores} cores shared by client and servers, no network, one thread per workerd. What two Workers cost above one carries over to Cloudflare as far as it is CPU; latency over the network, placement and scaling there do not follow from this.`;
}

/** An ISO date as people read it, always in UTC. */
function date(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
