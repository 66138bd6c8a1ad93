/** What the observer has counted, for whoever runs the server. */
import { METRICS_TYPE } from '../../observe/metrics.ts';
import { ANSWER_HEADERS } from '../answer.ts';
import type { Route } from './route.ts';

/** No route where nothing is counted. `text` is in Prometheus' format. */
export function metricsRoutes(text: (() => string) | undefined): Route[] {
  if (text === undefined) return [];
  const handler = () => new Response(text(), { headers: { 'Content-Type': METRICS_TYPE, ...ANSWER_HEADERS } });
  return [{ method: 'GET', path: '/metrics', handler, scope: 'admin' }];
}
