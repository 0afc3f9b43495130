import { describe, expect, it } from 'vitest';
import { bar, fitParts, liveLine } from '../../../../src/cli/shell/progress-line.ts';

const parts = [
  { text: 'step 12', rank: 0 },
  { text: '96 sequences', rank: 3 },
  { text: '', rank: 1 },
  { text: 'loss 3 bits', rank: 1 },
  { text: '9s left', rank: 2 },
];

describe('parts', () => {
  it.each([
    [100, 'step 12, 96 sequences, loss 3 bits, 9s left'],
    [43, 'step 12, 96 sequences, loss 3 bits, 9s left'],
    [42, 'step 12, loss 3 bits, 9s left'],
    [20, 'step 12, loss 3 bits'],
    [19, 'step 12'],
    [4, 'step'],
    [0, ''],
    [Number.POSITIVE_INFINITY, 'step 12, 96 sequences, loss 3 bits, 9s left'],
  ])('in %d letters', (width, line) => {
    expect(fitParts(parts, width)).toBe(line);
  });
});

describe('a bar', () => {
  it.each([
    [0, '[          ]   0 %'],
    [0.42, '[===>      ]  42 %'],
    [0.999, '[=========>]  99 %'],
    [1, '[==========] 100 %'],
  ])('of a share of %d', (share, drawn) => {
    expect(bar(share, 18)).toBe(drawn);
  });
});

describe('the live line', () => {
  it('is never wider than the screen, whatever that is', () => {
    for (let width = 0; width < 140; width++)
      for (const share of [undefined, 0, 0.5, 1])
        expect(liveLine(parts, share, width).length).toBeLessThanOrEqual(width);
  });

  it('has a bar where there is a limit and room, and percents where there is none', () => {
    expect(liveLine(parts, 0.5, 79)).toBe(
      `[${'='.repeat(11)}>${' '.repeat(12)}]  50 %  step 12, 96 sequences, loss 3 bits, 9s left`,
    );
    expect(liveLine(parts, undefined, 79)).toBe('step 12, 96 sequences, loss 3 bits, 9s left');
    expect(liveLine(parts, 0.5, 22)).toBe('[==>  ]  50 %  step 12');
    expect(liveLine(parts, 0.5, 20)).toBe('50 %, step 12');
  });
});
