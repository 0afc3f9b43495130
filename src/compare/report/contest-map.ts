/** Every two cells of a task as a map: the shade is the chance that the row's cell is sooner, a dot that they differ. */
import { type ColorScale, colorOf } from '../../report/palette.ts';
import { inlineSvg } from '../../report/small-plane.ts';
import { element, filled, text } from '../../report/svg.ts';
import type { Contest } from '../contests.ts';
import { isFound } from './words.ts';

const WIDTH = 340;
const LETTER = 5.6;
const SCALE: ColorScale = { kind: 'signed', high: 1 };

/** The map, rows and columns in the same order of cells. */
export function contestMap(cells: readonly string[], contests: readonly Contest[]): string {
  const names = Math.ceil(LETTER * Math.max(...cells.map(({ length }) => length))) + 8;
  const side = Math.min(26, Math.floor((WIDTH - names) / cells.length));
  const deltas = new Map(
    contests.flatMap((contest) => {
      const { first, second, delta } = contest;
      const found = isFound(contest);
      return [
        [`${first} ${second}`, { delta, found }],
        [`${second} ${first}`, { delta: -delta, found }],
      ] as const;
    }),
  );
  const marks = cells.flatMap((row, i) =>
    cells.map((column, j) => {
      const known = deltas.get(`${row} ${column}`);
      const at = { x: names + side * j, y: names + side * i };
      const square = { ...at, width: side - 1, height: side - 1 };
      if (known === undefined) return element('rect', { ...square, ...filled('blank') });
      const color = colorOf(known.delta, SCALE);
      return (
        (color === undefined
          ? element('rect', { ...square, ...filled('blank') })
          : element('rect', { ...square, ...filled(color) })) +
        (known.found
          ? element('circle', {
              cx: at.x + (side - 1) / 2,
              cy: at.y + (side - 1) / 2,
              r: Math.min(2.5, side / 5),
              ...filled('paper'),
            })
          : '')
      );
    }),
  );
  const labels = cells.flatMap((cell, i) => {
    const middle = names + side * i + side / 2 + 3;
    return [
      text(cell, { x: names - 5, y: middle, size: 9.5, anchor: 'end' }),
      text(cell, { x: middle, y: names - 5, size: 9.5, upward: true }),
    ];
  });
  const size = names + side * cells.length;
  const panel = { width: Math.max(WIDTH, size), height: size, body: [...marks, ...labels].join('') };
  return inlineSvg(
    panel,
    `Chance that the cell of the row solves the task sooner than that of the column, for ${cells.join(', ')}`,
  );
}
