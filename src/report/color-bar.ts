/** The legend of a color scale: its shades from the smallest value at the bottom to the largest at the top. */
import { type ColorScale, colorOf } from './palette.ts';
import { element, filled, rule, stroked, text } from './svg.ts';

const WIDTH = 8;
const STEPS = 48;
/** Numbers closer than this would touch. */
const NUMBER_HEIGHT = 10;

/** A bar of this height, its left edge at 0; the numbers stand to its right, where they belong. */
export function colorBar(scale: ColorScale, height: number): string {
  const { high, power = 1 } = scale;
  const low = scale.kind === 'signed' ? -high : 0;
  const shades = Array.from({ length: STEPS }, (_, i) => {
    const share = (i + 0.5) / STEPS;
    const value = scale.kind === 'signed' ? low + (high - low) * share : high * share ** (1 / power);
    const color = colorOf(value, scale);
    const y = height * (1 - (i + 1) / STEPS);
    // A little overlap hides the seams between shades.
    return color === undefined
      ? ''
      : element('rect', { y, width: WIDTH, height: height / STEPS + (i === 0 ? 0 : 0.4), ...filled(color) });
  });
  const placeOf = (value: number) =>
    height * (1 - (scale.kind === 'signed' ? (value - low) / (high - low) : (value / high) ** power));
  return [
    ...shades,
    element('rect', { x: -0.5, y: -0.5, width: WIDTH + 1, height: height + 1, ...stroked('rule') }),
    ...marks(scale, low, placeOf),
  ].join('');
}

/** The ends first, then what else there is room for. */
function marks(scale: ColorScale, low: number, placeOf: (value: number) => number): string[] {
  const { high, power = 1, mark } = scale;
  const wanted = [
    [high, shortNumber(high)],
    [low, shortNumber(low)],
    ...(mark ? [[mark.value, mark.name]] : []),
    ...(scale.kind === 'signed' ? [[0, '0']] : []),
    ...(power === 1 ? [] : [high / 4, high / 100].map((value) => [value, shortNumber(value)])),
  ] as [number, string][];
  const taken: number[] = [];
  return wanted.flatMap(([value, words]) => {
    const y = placeOf(value);
    if (taken.some((other) => Math.abs(other - y) < NUMBER_HEIGHT)) return [];
    taken.push(y);
    return [
      rule([WIDTH, y], [WIDTH + 3, y], stroked('soft', 0.8)) +
        text(words, { x: WIDTH + 5, y: y + 3, size: 9, color: 'soft' }),
    ];
  });
}

/** What the gray of numbers that are not finite means, its top at y. */
export function invalidMark(y: number): string {
  return (
    element('rect', { y, width: WIDTH, height: WIDTH, ...filled('invalid') }) +
    text('NaN, \u221e', { x: WIDTH + 5, y: y + 7, size: 9, color: 'soft' })
  );
}

/** Two significant digits, without trailing zeros and with a true minus sign. */
export function shortNumber(value: number): string {
  const rounded = Number(value.toPrecision(2));
  const plain = Math.abs(rounded) >= 1e4 || (rounded !== 0 && Math.abs(rounded) < 1e-3);
  return (plain ? rounded.toExponential() : String(rounded)).replaceAll('-', '\u2212').replace('e+', 'e');
}
