import { describe, expect, it } from 'vitest';
import { makeResults } from '../../bench/analysis/make-results.ts';
import type { Block } from '../../bench/report/document.ts';
import { renderBody, renderHtml } from '../../bench/report/html/page.ts';
import { readTimeSeries, timelineSection } from '../../bench/report/sections/latency.ts';
import type { RunRecord } from '../../bench/run/records.ts';
import { type SyntheticRun, syntheticRun } from '../support/run-records.ts';

const HOSTILE = '<script>alert("x")</script>&\'';
const SMALL = syntheticRun({ starts: 3, rounds: 2, arms: ['null', 'combined', 'pair-rpc'] });

async function reportOf({ environment, records }: SyntheticRun) {
  const results = await makeResults({ environment, records });
  const opening: Block[] = [{ kind: 'answer', text: 'Deploy one.' }];
  return { results, opening, series: await readTimeSeries(records), advice: null };
}

/** The run with another name for one of its arms. */
function renamed(run: SyntheticRun, from: string, to: string): SyntheticRun {
  const name = (subject: string) => (subject === from ? to : subject);
  const subjects = run.environment.subjects.map((one) => ({ ...one, name: name(one.name) }));
  const records = run.records.map(
    (record): RunRecord =>
      'subject' in record && record.subject !== null ? { ...record, subject: name(record.subject) } : record,
  );
  return { environment: { ...run.environment, subjects }, records };
}

function sections(page: string): string[] {
  return [...page.matchAll(/<section id="([\w-]+)"/g)].map(([, id = '']) => id);
}

describe('the HTML report', () => {
  it('is the same for the same records, and as it was', async () => {
    const [first, second] = [await reportOf(SMALL), await reportOf(SMALL)];
    expect(renderHtml(first)).toBe(renderHtml(second));
    await expect(`${renderBody(first)}\n`).toMatchFileSnapshot('../golden/report.html');
  });

  it('has every section of a whole run, in order, after its answer', async () => {
    const page = renderHtml(await reportOf(SMALL));
    expect(page.indexOf('<p class="answer">Deploy one.</p>')).toBeLessThan(page.indexOf('<section'));
    expect(sections(page)).toEqual([
      'comparisons',
      'summary',
      'starts',
      'percentiles',
      'offered-load',
      'max-rate',
      'sweep',
      'laws',
      'mixed',
      'break-even',
      'roles',
      'deployments',
      'workers',
      'past-one-machine',
      'queue',
      'cold-start',
      'timeline',
      'provenance',
    ]);
  });

  it('leaves out what was not measured', async () => {
    const records = SMALL.records.filter(
      (record) => record.kind === 'start' || (record.kind === 'window' && record.experiment === 'single-stream'),
    );
    const page = renderHtml(await reportOf({ ...SMALL, records }));
    expect(sections(page)).toEqual([
      'comparisons',
      'summary',
      'starts',
      'percentiles',
      'roles',
      'deployments',
      'timeline',
      'provenance',
    ]);
    expect(page).toContain('Incomplete run:');
  });

  it('is there for a run without any record', async () => {
    expect(sections(renderHtml(await reportOf({ ...SMALL, records: [] })))).toEqual(['deployments', 'provenance']);
  });

  it('has no script of its own', async () => {
    expect(renderHtml(await reportOf(SMALL))).not.toContain('<script');
  });

  it('draws one subject alone, and says that nothing is compared', async () => {
    const page = renderHtml(await reportOf(syntheticRun({ starts: 2, rounds: 1, arms: ['combined'] })));
    expect(sections(page)).toEqual(
      expect.arrayContaining(['percentiles', 'offered-load', 'sweep', 'timeline', 'roles']),
    );
    expect(sections(page)).not.toContain('comparisons');
    expect(page).toContain('Nothing is compared here');
  });

  it('escapes names, notes and remarks', async () => {
    const run = renamed(SMALL, 'pair-rpc', HOSTILE);
    const notes: RunRecord[] = [
      { kind: 'note', subject: null, text: `note ${HOSTILE}` },
      { kind: 'note', subject: HOSTILE, text: `remark ${HOSTILE}` },
    ];
    const text = renderBody(await reportOf({ ...run, records: [...notes, ...run.records] }));
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('&lt;script&gt;');
    expect(text).not.toContain('<script');
  });

  it('loads nothing', async () => {
    const page = renderHtml(await reportOf(SMALL));
    expect(page).toContain('default-src &#39;none&#39;');
    expect(page).not.toMatch(/\b(src|srcset|action)=|@import|url\(|<link(?! rel="icon" href="data:,")/);
  });

  it('takes the advice as it is', async () => {
    const advice = {
      html: '<section id="advice"><h2>Advice</h2></section>',
      css: '#advice{}',
      script: 'advise("</script>")',
    };
    const page = renderHtml({ ...(await reportOf(SMALL)), advice });
    expect(page).toContain(advice.html);
    expect(page).toContain(`${advice.css}</style>`);
    expect(page).toContain('<script>advise("<\\/script>")</script>');
  });

  it('has a sentence, a label and a table for every drawing', async () => {
    const text = renderBody(await reportOf(SMALL));
    const figures = text.split('<figure>').slice(1);
    expect(figures.length).toBeGreaterThan(8);
    for (const figure of figures) {
      expect(figure).toMatch(/^\s*<p[^>]*>[^<]{20,}\.<\/p>/);
      expect(figure).toMatch(/role="img" aria-label="[^"]{20,}\."/);
      expect(figure).toMatch(/<details( open)?>/);
      expect(figure).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe('the time series', () => {
  const window = SMALL.records.find((record) => record.kind === 'window');

  /** The chart that the windows make, and its table. */
  async function timeline(records: readonly RunRecord[]) {
    const { pictures: [chart] = [], table } = timelineSection(await readTimeSeries(records), 'combined') ?? {};
    if (chart?.kind !== 'chart') throw new Error('expected a chart, got none');
    return { ...chart, table };
  }

  it('has a point for each window, breaks between starts, and warm-ups as stretches', async () => {
    const { lines, shaded, table } = await timeline(SMALL.records);
    const medians = lines.find(({ subject, shape }) => subject === 'combined' && shape === undefined);
    const times = medians?.path?.map(([atS]) => atS) ?? [];
    expect(medians?.path?.filter(([, ms]) => !Number.isNaN(ms))).toHaveLength(3 * (3 + 2));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(shaded?.length).toBeGreaterThan(0);
    expect(shaded?.every(([from, to]) => from < to)).toBe(true);
    expect(table?.rows.map(([arm, windows]) => [arm, windows])).toContainEqual(['combined', '15']);
  });

  it('breaks a line where there is no window for long, and has none of what failed', async () => {
    if (window?.kind !== 'window') throw new Error('expected a window, got none');
    const windowAt = (atMs: number, failed: number): RunRecord => {
      const intendedUs = [0, 100_000, 200_000];
      const lastByteUs = intendedUs.map((due) => due + 2000);
      const failures = intendedUs.slice(0, failed).map((_, i): [number, 'timeout'] => [i, 'timeout']);
      const requests = { intendedUs, sentUs: intendedUs, firstByteUs: lastByteUs, lastByteUs };
      return { ...window, requests, failures, atMs, elapsedMs: 1000 };
    };
    const { lines } = await timeline([windowAt(0, 0), windowAt(2000, 3), windowAt(3000, 1), windowAt(60_000, 0)]);
    const [p99, p50] = lines;
    expect(p50?.path).toEqual([
      [0.5, 2],
      [3.5, 2],
      [4, Number.NaN],
      [60.5, 2],
    ]);
    expect(p99?.path?.[1]).toEqual([3.5, Number.NaN]);
  });
});
