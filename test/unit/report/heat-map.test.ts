/** Heat maps: the merged strokes paint every cell in its own color, and in few bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortNumber } from '../../../src/report/color-bar.ts';
import { cells, type Grid, heatMap, wholeTicks } from '../../../src/report/heat-map.ts';
import { colorOf } from '../../../src/report/palette.ts';

const share = { kind: 'amount', high: 1 } as const;
const signed = { kind: 'signed', high: 1 } as const;

describe('cells', () => {
  it('merges neighbors of one color and skips the paper', () => {
    const drawn = cells(gridOf(['##..#', '.....', '#####']), share);
    expect(drawn).toContain(' d="M0 0h2m2 0h1M0 2h5"');
    expect(drawn.match(/<path/g)).toHaveLength(1);
  });

  it('paints every cell in the color of its value, and nothing else', () => {
    const value = fc.oneof(
      fc.double({ min: -1, max: 1 }),
      fc.constantFrom(0, 1, Number.NaN, Number.NEGATIVE_INFINITY),
    );
    const grids = fc
      .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 7 }))
      .chain(([rows, columns]) =>
        fc.tuple(
          fc.constant({ rows, columns }),
          fc.array(value, { minLength: rows * columns, maxLength: rows * columns }),
        ),
      );
    fc.assert(
      fc.property(grids, ([size, values]) => {
        const grid: Grid = { ...size, value: (row, column) => values[row * size.columns + column]! };
        const painted = paint(cells(grid, signed), size.rows, size.columns);
        expect(painted).toEqual(values.map((value) => colorOf(value, signed)));
      }),
    );
  });

  it('keeps 41 steps of 128 slots small', () => {
    const pointer = {
      rows: 128,
      columns: 41,
      value: (row: number, t: number) => Math.exp(-((row - t) ** 2)),
    };
    expect(cells(pointer, share).length).toBeLessThan(4000);
    const noise = { ...pointer, value: (row: number, t: number) => (Math.sin(row * 991 + t * 57) + 1) / 2 };
    expect(cells(noise, share).length).toBeLessThan(8 * 128 * 41);
  });
});

describe('heat map', () => {
  const map = { name: 'read weights', scale: share, cell: { width: 4, height: 2 }, rowName: 'slot' };

  it('is as large as its parts', () => {
    const panel = heatMap({ ...map, grid: { rows: 10, columns: 50, value: () => 0 } });
    expect([panel.width, panel.height]).toEqual([46 + 200 + 56, 18 + 20]);
  });

  it('says what gray means where something is not finite, and only there', () => {
    const draw = (value: number) =>
      heatMap({ ...map, grid: { rows: 2, columns: 2, value: () => value }, bar: true });
    expect(draw(Number.NaN).body).toContain('NaN, \u221e');
    expect(draw(0.5).body).not.toContain('NaN');
  });

  it('names rows that have names, as many as do not touch', () => {
    const named = (height: number) =>
      heatMap({
        ...map,
        cell: { width: 4, height },
        grid: { rows: 2, columns: 2, value: () => 0 },
        rowNames: ['a<b', 'c'],
      }).body;
    expect(named(10)).toMatch(/>a&lt;b<\/text>.*>c<\/text>/);
    expect(named(4)).toContain('>a&lt;b</text>');
    expect(named(4)).not.toContain('>c</text>');
  });
});

describe('labels', () => {
  it('ticks whole numbers only', () => {
    expect(wholeTicks(32, 7)).toEqual([0, 5, 10, 15, 20, 25, 30]);
    expect(wholeTicks(3, 8)).toEqual([0, 1, 2]);
    expect([wholeTicks(1, 5), wholeTicks(0, 5)]).toEqual([[], []]);
  });

  it('writes numbers short', () => {
    expect([0, 1, -0.9512, 0.00391, 12345, 3e-5, 130].map(shortNumber)).toEqual([
      '0',
      '1',
      '\u22120.95',
      '0.0039',
      '1.2e4',
      '3e\u22125',
      '130',
    ]);
  });
});

function gridOf(lines: readonly string[]): Grid {
  return {
    rows: lines.length,
    columns: lines[0]!.length,
    value: (row, column) => (lines[row]![column] === '#' ? 1 : 0),
  };
}

/** Follows the strokes and says which color each cell got; painting a cell twice fails. */
function paint(svg: string, rows: number, columns: number): (string | undefined)[] {
  const canvas = new Array<string | undefined>(rows * columns).fill(undefined);
  for (const [, d, color] of svg.matchAll(/<path d="([^"]*)" class="([a-z]+[0-9]*)-line"/g)) {
    let x = 0;
    let y = 0;
    for (const [, letter, first, second] of d!.matchAll(/([Mmh])(\d+)(?: (\d+))?/g)) {
      if (letter === 'M') [x, y] = [Number(first), Number(second)];
      else if (letter === 'm') [x, y] = [x + Number(first), y + Number(second)];
      else {
        for (const end = x + Number(first); x < end; x++) {
          if (x >= columns || y >= rows || canvas[y * columns + x]) throw new Error(`cell ${x},${y}`);
          canvas[y * columns + x] = color;
        }
      }
    }
  }
  return canvas;
}
