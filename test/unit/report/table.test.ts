/** Tables for a terminal: columns that align, and a last column that is broken to the width of the screen. */
import { describe, expect, it } from 'vitest';
import { headedTable, table, wrap } from '../../../src/report/table.ts';

const rows = [
  ['--rate', '0.5', 'how strongly a hidden state is written'],
  ['--size', '100', 'hidden units'],
];

describe('table', () => {
  it('aligns texts at their beginning and numbers at their end', () => {
    expect(
      table(
        [
          ['a', '1'],
          ['long', '1000'],
        ],
        [1],
      ),
    ).toBe('a        1\nlong  1000');
  });

  it('breaks the last column to the screen, and goes on below it', () => {
    expect(table(rows, [1], 36)).toBe(
      [
        '--rate  0.5  how strongly a hidden',
        '             state is written',
        '--size  100  hidden units',
      ].join('\n'),
    );
    expect(
      table(rows, [1], 40)
        .split('\n')
        .every((line) => line.length <= 40),
    ).toBe(true);
  });

  it('leaves a row alone that has fewer columns, and all of them where too little room is left', () => {
    expect(table([['on copy'], ...rows], [1], 37)).toContain('on copy\n');
    expect(table(rows, [1], 30)).toBe(table(rows, [1]));
  });
});

describe('headedTable', () => {
  const scores = [
    ['', 'sequences', '% of bits wrong', '% exact'],
    ['as trained', '1000', '30.556', '20.0'],
  ];

  it('is a table where the screen is wide enough', () => {
    expect(headedTable(scores, [1, 2, 3])).toBe(table(scores, [1, 2, 3]));
    expect(headedTable(scores, [1, 2, 3], 47)).toBe(table(scores, [1, 2, 3]));
  });

  it('has a heading of several lines where it is not, each right above its column', () => {
    expect(headedTable(scores, [1, 2, 3], 46)).toBe(
      [
        '                         % of',
        '                         bits      %',
        '            sequences   wrong  exact',
        'as trained       1000  30.556   20.0',
      ].join('\n'),
    );
  });
});

describe('wrap', () => {
  it('breaks between words, and never within one', () => {
    expect(wrap('a long description', 6)).toEqual(['a long', 'description']);
  });
});
