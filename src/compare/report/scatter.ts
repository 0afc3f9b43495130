/** One number of each cell against another, every point with its name beside it where there is room. */
import { type Axis, inlineSvg, namedPlane, type SmallPlane, smallPlane } from '../../report/small-plane.ts';
import { element, filled, rule, stroked, text } from '../../report/svg.ts';

/** A cell's place. */
export interface Place {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** The middle half. */
  readonly low: number;
  readonly high: number;
}

const SIZE = { width: 296, height: 210 };
const LETTER = 5.4;
const LINE = 9;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** The picture; names that would cover another give way, and are led to their points. */
export function scatter(
  places: readonly Place[],
  axes: { readonly x: Axis; readonly y: Axis; readonly levels: readonly number[] },
  [name, note]: readonly [string, string],
): string {
  const plane = smallPlane(SIZE, axes.x, axes.y);
  const dots = places.map((place) => ({ place, x: plane.x(place.x), y: plane.y(place.y) }));
  const taken: Box[] = dots.flatMap(({ place, x, y }) => [
    { x: x - 4, y: y + 4, width: 8 },
    ...barOf(x, plane.y(place.high), plane.y(place.low)),
  ]);
  const levels = axes.levels.map((level) =>
    rule([0, plane.y(level)], [plane.width, plane.y(level)], stroked('level', 0.9, '3 2')),
  );
  const drawn = dots
    .toSorted((a, b) => b.x - a.x)
    .map(({ place, x, y }) => {
      const box = roomFor(place.name, { x, y }, taken, plane);
      taken.push(box);
      const far = Math.hypot(box.x + box.width / 2 - x, box.y - LINE / 2 - y) > box.width / 2 + 12;
      return [
        rule([x, plane.y(place.low)], [x, plane.y(place.high)], stroked('training', 2)),
        far ? rule([x, y], [nearest(x, box), box.y - LINE / 2], stroked('soft', 0.5)) : '',
        element('circle', { cx: x, cy: y, r: 3, ...filled('series0') }),
        text(place.name, { x: box.x, y: box.y, size: 9, rim: true }),
      ].join('');
    });
  const told = places.map((place) => place.name).join(', ');
  return inlineSvg(
    namedPlane(plane, [...levels, ...drawn].join(''), [name, note]),
    `${name}, ${note}: ${told}`,
  );
}

/** What the bar of a point takes, in pieces as high as a name. */
function barOf(x: number, top: number, bottom: number): Box[] {
  const pieces = Math.ceil((bottom - top) / LINE);
  return Array.from({ length: pieces }, (_, i) => ({ x: x - 1, y: top + LINE * (i + 1), width: 2 }));
}

function nearest(x: number, box: Box): number {
  return Math.min(Math.max(x, box.x), box.x + box.width);
}

/** The first free place of those around a point, nearest first; the nearest within the plane where none is free. */
function roomFor(
  name: string,
  at: { readonly x: number; readonly y: number },
  taken: readonly Box[],
  plane: SmallPlane,
): Box {
  const width = LETTER * name.length;
  const rings = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((ring) => {
    const up = ring * LINE;
    return [
      { x: at.x + 6, y: at.y + 3 - up },
      { x: at.x - 6 - width, y: at.y + 3 - up },
      { x: at.x + 6, y: at.y + 3 + up },
      { x: at.x - 6 - width, y: at.y + 3 + up },
      { x: at.x - width / 2, y: at.y - 6 - up },
      { x: at.x - width / 2, y: at.y + 13 + up },
    ];
  });
  const inside = rings
    .map(({ x, y }) => ({ x, y, width }))
    .filter(
      (box) => box.x >= 0 && box.x + width <= plane.width + 4 && box.y >= LINE && box.y <= plane.height - 2,
    );
  const free = inside.find((box) => taken.every((other) => !overlap(box, other)));
  return free ?? inside[0] ?? { x: Math.min(at.x + 6, plane.width - width), y: at.y + 3, width };
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width + 2 && b.x < a.x + a.width + 2 && Math.abs(a.y - b.y) < LINE;
}
