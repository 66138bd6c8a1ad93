import { expect, it } from 'vitest';
import type { Block } from '../../bench/report/document.ts';
import { blocksHtml } from '../../bench/report/html/blocks.ts';

const HOSTILE = `<img src=x onerror="alert('&')">`;
const ESCAPED = '&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;';

it('gives each kind of block an element, and a class to the sentences that stand out', () => {
  const blocks: Block[] = [
    { kind: 'answer', text: 'One.' },
    { kind: 'heading', text: 'Why' },
    { kind: 'text', text: 'Because.' },
    { kind: 'list', items: ['a', 'b'] },
    { kind: 'note', text: 'Mind.' },
  ];
  expect(blocksHtml(blocks).split('\n')).toEqual([
    '<p class="answer">One.</p>',
    '<h3>Why</h3>',
    '<p>Because.</p>',
    '<ul><li>a</li><li>b</li></ul>',
    '<p class="note">Mind.</p>',
  ]);
});

it('names the rows of a table, tells words from figures, and colours verdicts', () => {
  const rows = [['pair', 'p50', '1.2', 'inconclusive <1.05']];
  const table = blocksHtml([{ kind: 'table', head: ['', 'metric', 'ratio', 'verdict'], rows, words: 2 }]);
  expect(table).toContain('<tr><td></td><th scope="col" class="words">metric</th><th scope="col">ratio</th>');
  expect(table).toContain('<th scope="row" class="words">pair</th><td class="words">p50</td><td>1.2</td>');
  expect(table).toContain('<td class="open">inconclusive &lt;1.05</td>');
});

it('escapes every text, wherever it stands', () => {
  const sentences = (['answer', 'note', 'text', 'heading'] as const).map((kind) => ({
    kind,
    text: HOSTILE,
  }));
  const table = { kind: 'table', head: [HOSTILE], rows: [[HOSTILE]], words: 1 } as const;
  const page = blocksHtml([...sentences, { kind: 'list', items: [HOSTILE] }, table]);
  expect(page).not.toContain('<img');
  expect(page.split(ESCAPED)).toHaveLength(8);
});
