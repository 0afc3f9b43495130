/** The legend of a color scale: its shades from the smallest value at the bottom to the largest at the top. */
import { type ColorScale, colorOf } from './palette.ts';
import { element, filled, stroked, text } from './svg.ts';

const WIDTH = 8;
const STEPS = 48;

/** A bar of this height, its left edge at 0; the numbers stand to its right. */
export function colorBar(scale: ColorScale, height: number): string {
  const low = scale.kind === 'signed' ? -scale.high : 0;
  const shades = Array.from({ length: STEPS }, (_, i) => {
    const value = low + ((scale.high - low) * (i + 0.5)) / STEPS;
    const color = colorOf(value, scale);
    const y = height * (1 - (i + 1) / STEPS);
    // A little overlap hides the seams between shades.
    return color === undefined
      ? ''
      : element('rect', { y, width: WIDTH, height: height / STEPS + (i === 0 ? 0 : 0.4), ...filled(color) });
  });
  const mark = (value: number, y: number) =>
    text(shortNumber(value), { x: WIDTH + 4, y: y + 3, size: 9, color: 'soft' });
  return [
    ...shades,
    element('rect', { x: -0.5, y: -0.5, width: WIDTH + 1, height: height + 1, ...stroked('rule') }),
    mark(scale.high, 3),
    scale.kind === 'signed' && height >= 40 ? mark(0, height / 2) : '',
    mark(low, height - 3),
  ].join('');
}

/** What the gray of numbers that are not finite means, its top at y. */
export function invalidMark(y: number): string {
  return (
    element('rect', { y, width: WIDTH, height: WIDTH, ...filled('invalid') }) +
    text('NaN, \u221e', { x: WIDTH + 4, y: y + 7, size: 9, color: 'soft' })
  );
}

/** Two significant digits, without trailing zeros and with a true minus sign. */
export function shortNumber(value: number): string {
  const rounded = Number(value.toPrecision(2));
  const plain = Math.abs(rounded) >= 1e4 || (rounded !== 0 && Math.abs(rounded) < 1e-3);
  return (plain ? rounded.toExponential() : String(rounded)).replaceAll('-', '\u2212').replace('e+', 'e');
}
