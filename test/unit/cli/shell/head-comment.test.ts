import { expect, it } from 'vitest';
import { headComment, headLines } from '../../../../src/cli/shell/head-comment.ts';
import { cells, registry } from '../../../../src/registry.ts';

const gru = { path: 'src/x.ts', blocks: [] };

it('breaks prose between words, and sets equations below each other only where they are too wide', () => {
  const blocks = [
    { code: false, lines: ['A unit of', 'gates:'] },
    { code: true, lines: ['  a = b   c = d', '  long = one + two      other = three'] },
  ];
  expect(headLines({ ...gru, blocks }, 20)).toEqual([
    '  A unit of gates:',
    '    a = b   c = d',
    '    long = one + two',
    '    other = three',
    '  in src/x.ts',
  ]);
});

it.each([
  ...Object.keys(cells).map((name) => ['cell', name] as const),
  ...Object.keys(registry.tasks).map((name) => ['task', name] as const),
])('the %s %s has a head that fits a screen of 100 columns', (sort, name) => {
  const lines = headLines(headComment(sort, name), 100);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
});
