import { describe, expect, it } from 'vitest';
import { gridOf, readAxes } from '../../../src/compare/axes.ts';

describe('readAxes', () => {
  it('spaces a range by a factor, its ends included', () => {
    expect(readAxes('rate=1e-4..1e-1:4')).toEqual([
      {
        path: 'optimizer.rate',
        values: [1e-4, 1e-3, 1e-2, 1e-1],
        range: { low: 1e-4, high: 0.1, scale: 'log', isInteger: false },
      },
    ]);
    expect(readAxes('cell.size=16..64')[0]!.values).toEqual([16, 32, 64]);
    expect(readAxes('cell.size=16..64:4')[0]!.values).toEqual([16, 25, 40, 64]);
    expect(readAxes('rate=1e-3..1e-1,1')[0]).toEqual({
      path: 'optimizer.rate',
      values: [1e-3, 1e-2, 1e-1, 1],
    });
  });

  it('takes a piece without a name as one more value of the axis before it', () => {
    expect(readAxes('cell.rule=sum,delta,clip=0,1')).toEqual([
      { path: 'cell.rule', values: ['sum', 'delta'] },
      { path: 'optimizer.clipNorm', values: [0, 1] },
    ]);
  });

  it.each([
    ['1e-3', 'expected a setting and its values'],
    ['', 'got nothing'],
    ['rate=0..1:3', 'zero and less can be listed'],
    ['rate=1e-2..1e-4:3', 'expected a range'],
    ['rate=1e-4..1e-2:1', 'expected a range'],
    ['rate=1,lr=2', 'expected optimizer.rate once'],
    ['rate=1e-4..1:40,clip=0.1..10:40', 'expected at most 1000 points, got 1600'],
  ])('refuses %s', (text, message) => {
    expect(() => readAxes(text)).toThrow(message);
  });
});

describe('gridOf', () => {
  it('combines all values, the last axis fastest', () => {
    expect(gridOf(readAxes('a.x=1,2,a.y=3,4'))).toEqual([
      { 'a.x': 1, 'a.y': 3 },
      { 'a.x': 1, 'a.y': 4 },
      { 'a.x': 2, 'a.y': 3 },
      { 'a.x': 2, 'a.y': 4 },
    ]);
  });

  it('is one point where nothing is searched', () => {
    expect(gridOf([])).toEqual([{}]);
  });
});
