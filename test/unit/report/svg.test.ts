/** SVG as text: nothing a record holds can break the document. */
import { describe, expect, it } from 'vitest';
import { beside, element, escapeText, number, stack, text } from '../../../src/report/svg.ts';

describe('svg', () => {
  it('escapes everything that marks up, and replaces what XML forbids', () => {
    expect(escapeText(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
    expect(escapeText('a\u0000b\u001bc\ud800d\uffff')).toBe('a\ufffdb\ufffdc\ufffdd\ufffd');
    expect(escapeText('weights \u{1f9e0}\n\t')).toBe('weights \u{1f9e0}\n\t');
  });

  it('escapes attributes too, and leaves out those without a value', () => {
    expect(element('a', { b: '"><script>', c: undefined, d: 1.23456 })).toBe(
      '<a b="&quot;&gt;&lt;script&gt;" d="1.23"/>',
    );
  });

  it('cuts numbers to two decimals and never writes NaN, infinity or minus zero', () => {
    expect([1 / 3, -0.004, Number.NaN, Number.POSITIVE_INFINITY, 1e20].map(number)).toEqual([
      '0.33',
      '0',
      '0',
      '0',
      '100000000000000000000',
    ]);
  });

  it('carries a color as attribute and class, and a rim where asked', () => {
    expect(text('slot', { x: 1, y: 2, upward: true })).toBe(
      '<text x="1" y="2" font-size="10" transform="rotate(-90 1 2)" class="ink" fill="#1b1b1f">slot</text>',
    );
    expect(text('x', { x: 0, y: 0, rim: true })).toContain('paint-order="stroke" class="ink rim"');
  });

  it('adds up panels and gaps', () => {
    const panels = [
      { width: 10, height: 5, body: 'A' },
      { width: 4, height: 7, body: 'B' },
    ];
    const stacked = stack(panels, 3);
    expect([stacked.width, stacked.height]).toEqual([10, 15]);
    expect(stacked.body).toBe('<g transform="translate(0 0)">A</g>\n<g transform="translate(0 8)">B</g>');
    const row = beside(panels, 3);
    expect([row.width, row.height]).toEqual([17, 7]);
    expect(row.body).toContain('<g transform="translate(13 0)">B</g>');
    expect(stack([], 3)).toEqual({ width: 0, height: 0, body: '' });
    expect(beside([], 3)).toEqual({ width: 0, height: 0, body: '' });
  });
});
