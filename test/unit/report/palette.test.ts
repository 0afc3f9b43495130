/** Colors: which value gets which, and that a ramp can be read by lightness alone. */
import { describe, expect, it } from 'vitest';
import { colorOf, colors, LEVELS, scaleFor, shareScale } from '../../../src/report/palette.ts';

describe('colors of values', () => {
  it('gives zero and what is near it the paper, the ends the ends, and the rest its place', () => {
    const share = { kind: 'amount', high: 1 } as const;
    expect([0, 0.016, 0.017, 0.5, 1, 7].map((value) => colorOf(value, share))).toEqual([
      undefined,
      undefined,
      'amount1',
      'amount16',
      'amount31',
      'amount31',
    ]);
    expect(colorOf(-0.5, share)).toBeUndefined();
  });

  it('tells signs apart on a signed scale, and marks what is not finite on any', () => {
    const signed = { kind: 'signed', high: 2 } as const;
    expect([-2, -0.01, 0.01, 2].map((value) => colorOf(value, signed))).toEqual([
      'minus31',
      undefined,
      undefined,
      'plus31',
    ]);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(colorOf(value, signed)).toBe('invalid');
    }
  });

  it('chooses the scale by the finite values', () => {
    expect(scaleFor([0, 0.2, 0.9])).toEqual({ kind: 'amount', high: 1 });
    expect(scaleFor([-1e-8, 1 + 1e-7])).toEqual({ kind: 'amount', high: 1 });
    expect(scaleFor([0, 7, Number.NaN, Number.POSITIVE_INFINITY])).toEqual({ kind: 'amount', high: 7 });
    expect(scaleFor([-3, 2, Number.NEGATIVE_INFINITY])).toEqual({ kind: 'signed', high: 3 });
    expect(scaleFor([])).toEqual({ kind: 'amount', high: 1 });
    expect(scaleFor([0, 0])).toEqual({ kind: 'amount', high: 1 });
  });

  it('shows weights spread so thin that 0 ... 1 would hide them', () => {
    expect(scaleFor([0.01, 0.02])).toEqual({ kind: 'amount', high: 0.02 });
  });
});

describe('weights', () => {
  it('share one scale from 0 to 1, on which even ones leave ink and sharp ones stay apart', () => {
    const share = shareScale([1, 0, 0.3], 128);
    expect(share).toMatchObject({ kind: 'amount', high: 1, mark: { value: 1 / 128, name: '1/128' } });
    for (const slots of [2, 16, 128, 1000]) {
      const scale = shareScale(new Array(slots).fill(1 / slots), slots);
      const color = colorOf(1 / slots, scale);
      expect(color).toBeDefined();
      expect(color).not.toBe(colorOf(1, scale));
    }
    const even = colors[colorOf(1 / 128, share)!]!;
    expect(luminance(colors.paper!.light) - luminance(even.light)).toBeGreaterThan(0.1);
    expect(luminance(even.light)).toBeGreaterThan(0.5);
  });

  it('keep a plain scale where they are no shares of one', () => {
    expect(shareScale([0, 2.3], 7)).toEqual({ kind: 'amount', high: 2.3 });
    expect(shareScale([-1, 2], 7)).toEqual({ kind: 'signed', high: 2 });
  });
});

describe('ramps', () => {
  it.each(['amount', 'error', 'minus', 'plus'])(
    '%s grows darker on light paper and lighter on dark',
    (name) => {
      const shades = Array.from({ length: LEVELS }, (_, i) => colors[`${name}${i + 1}`]!);
      const light = [colors.paper!, ...shades].map((shade) => luminance(shade.light));
      const dark = [colors.paper!, ...shades].map((shade) => luminance(shade.dark));
      for (let level = 1; level <= LEVELS; level++) {
        expect(light[level]).toBeLessThan(light[level - 1]!);
        expect(dark[level]).toBeGreaterThan(dark[level - 1]!);
      }
    },
  );

  it('keeps words and reference lines at a contrast of 4.5 or more, the rest of the lines at 3', () => {
    const lines = Array.from({ length: 7 }, (_, i) => `series${i}`);
    for (const side of ['light', 'dark'] as const) {
      const paper = colors.paper![side];
      for (const name of ['ink', 'soft', 'level']) {
        expect(contrast(colors[name]![side], paper)).toBeGreaterThanOrEqual(4.5);
      }
      for (const name of lines) expect(contrast(colors[name]![side], paper)).toBeGreaterThanOrEqual(3);
    }
  });

  it('writes every color as #rrggbb', () => {
    for (const { light, dark } of Object.values(colors)) {
      expect(light).toMatch(/^#[0-9a-f]{6}$/);
      expect(dark).toMatch(/^#[0-9a-f]{6}$/);
    }
  });
});

/** Relative luminance as WCAG 2 defines it. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}
