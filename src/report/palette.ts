/**
 * Colors by name, each for light and for dark paper. Ramps are computed in OKLab (Ottosson 2020), so that equal
 * steps of a value look equally large, and read by lightness alone: they survive print in gray and every common
 * color blindness. Zero is always the paper itself and is not drawn. Series are those of Okabe and Ito (2008).
 */

/** A color's name; also its class in an SVG. */
export type Color = string;

interface Shades {
  readonly light: string;
  readonly dark: string;
}

/** How many shades a ramp has beside the paper. */
export const LEVELS = 31;

/** How many colors the lines of one chart have before they begin again. */
export const SERIES = 7;

/** From value to color. `amount`: 0 ... high. `error`: the same in red. `signed`: -high ... high. */
export interface ColorScale {
  readonly kind: 'amount' | 'error' | 'signed';
  readonly high: number;
  /** Shades go with the value's share of `high` to this power: 1/2 where small ones matter; 1 is the default. */
  readonly power?: number;
  /** A value worth a mark on the color bar, and what it is called. */
  readonly mark?: { readonly value: number; readonly name: string };
}

/** The name of the color of a value; undefined where it is the paper. Values outside the scale take its ends. */
export function colorOf(value: number, { kind, high, power = 1 }: ColorScale): Color | undefined {
  if (!Number.isFinite(value)) return 'invalid';
  const level = Math.round(Math.min(1, Math.abs(value) / high) ** power * LEVELS);
  if (level === 0 || (value < 0 && kind !== 'signed')) return undefined;
  if (kind === 'signed') return `${value < 0 ? 'minus' : 'plus'}${level}`;
  return `${kind}${level}`;
}

/**
 * The scale that shows all finite values: 0 ... 1 for shares of one, 0 ... largest for other amounts,
 * and around zero when there are negative ones.
 */
export function scaleFor(values: Iterable<number>): ColorScale {
  let low = 0;
  let high = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // Rounding of a float32 may take a weight a little below 0 or above 1.
  if (low >= -1e-6) return { kind: 'amount', high: high > 0.1 && high < 1 + 1e-6 ? 1 : high || 1 };
  return { kind: 'signed', high: Math.max(-low, high) };
}

/**
 * The scale of weights over `count` places: 0 ... 1 where they are shares of one, by their square root, so that weights
 * spread evenly over a hundred places are neither lost on the paper nor taken for a sharp one.
 */
export function shareScale(values: Iterable<number>, count: number): ColorScale {
  const all = [...values];
  const plain = scaleFor(all);
  if (plain.kind !== 'amount' || plain.high > 1) return plain;
  return {
    kind: 'amount',
    high: 1,
    power: 0.5,
    ...(count > 1 && { mark: { value: 1 / count, name: `1/${count}` } }),
  };
}

/** Every color by name. */
export const colors: Readonly<Record<Color, Shades>> = {
  ink: { light: '#1b1b1f', dark: '#ececf1' },
  soft: { light: '#5f6068', dark: '#a5a6b0' },
  rule: { light: '#c9cad1', dark: '#4a4b55' },
  paper: { light: '#ffffff', dark: '#16161a' },
  blank: { light: '#f0f0f3', dark: '#24242a' },
  invalid: { light: '#9a9a9a', dark: '#7d7d7d' },
  training: { light: '#a3cbe3', dark: '#33617f' },
  level: { light: '#c04f00', dark: '#f59a50' },
  ...series([
    ['#0072b2', '#4aa8e0'],
    ['#d55e00', '#f08a3c'],
    ['#009e73', '#2fc79b'],
    ['#b04f8a', '#dd8fbe'],
    ['#b07d00', '#e6b422'],
    ['#3a94c8', '#8fcdf2'],
    ['#5f6068', '#a5a6b0'],
  ]),
  ...ramp('amount', { from: 118, to: 288, chroma: [0.05, 0.135, 0.1], deepest: 0.28 }),
  ...ramp('error', { from: 62, to: 24, chroma: [0.05, 0.16, 0.16], deepest: 0.42 }),
  ...ramp('minus', { from: 232, to: 266, chroma: [0.01, 0.1, 0.13], deepest: 0.36 }),
  ...ramp('plus', { from: 70, to: 34, chroma: [0.01, 0.12, 0.14], deepest: 0.4 }),
};

function series(pairs: readonly (readonly [string, string])[]): Record<Color, Shades> {
  return Object.fromEntries(pairs.map(([light, dark], i) => [`series${i}`, { light, dark }]));
}

/** Hues in degrees; chroma at zero, halfway and at the end; `deepest` is the end's lightness on light paper. */
interface Ramp {
  readonly from: number;
  readonly to: number;
  readonly chroma: readonly [number, number, number];
  readonly deepest: number;
}

/** Shades 1 ... LEVELS from just off the paper to the deepest; on dark paper they rise to light instead. */
function ramp(name: string, { from, to, chroma, deepest }: Ramp): Record<Color, Shades> {
  const shades: Record<Color, Shades> = {};
  for (let level = 1; level <= LEVELS; level++) {
    const share = level / LEVELS;
    const colorful = through(chroma, share);
    shades[`${name}${level}`] = {
      light: oklch(0.965 - (0.965 - deepest) * share, colorful, from + (to - from) * share),
      dark: oklch(0.31 + 0.62 * share, colorful, to + (from - to) * share),
    };
  }
  return shades;
}

/** The parabola through three values at 0, 1/2 and 1. */
function through([start, middle, end]: readonly [number, number, number], share: number): number {
  return (
    start * (1 - share) * (1 - 2 * share) + 4 * middle * share * (1 - share) + end * share * (2 * share - 1)
  );
}

/** sRGB of an OKLCh color; parts outside the display's range are cut. */
function oklch(lightness: number, chroma: number, degrees: number): string {
  const a = chroma * Math.cos((degrees * Math.PI) / 180);
  const b = chroma * Math.sin((degrees * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return `#${channels.map(hexByte).join('')}`;
}

/** One linear channel as two hexadecimal digits, with the sRGB transfer curve. */
function hexByte(linear: number): string {
  const cut = Math.min(1, Math.max(0, linear));
  const curved = cut <= 0.0031308 ? 12.92 * cut : 1.055 * cut ** (1 / 2.4) - 0.055;
  return Math.round(255 * curved)
    .toString(16)
    .padStart(2, '0');
}
