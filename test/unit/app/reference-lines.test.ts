/** The names of the levels to compare with. */
import { describe, expect, it } from 'vitest';
import { namedLines } from '../../../src/app/reference-lines.ts';

describe('namedLines', () => {
  it('are in plain words, from the worst to the best', () => {
    expect(namedLines({ optimum: 0.06, noBinding: 1, chance: 4 })).toEqual([
      { name: 'chance', value: 4 },
      { name: 'no binding', value: 1 },
      { name: 'optimum', value: 0.06 },
    ]);
  });

  it('leave out what a task has not, and an optimum of zero', () => {
    expect(namedLines({ chance: 4, optimum: 0 })).toEqual([{ name: 'chance', value: 4 }]);
  });
});
