import { describe, expect, it } from 'vitest';
import { elements, showShape } from '../../../src/core/shape.ts';

describe('shape', () => {
  it('counts elements: one of a scalar, none where a size is zero', () => {
    expect(elements([2, 3, 4])).toBe(24);
    expect(elements([])).toBe(1);
    expect(elements([5, 0])).toBe(0);
  });

  it('is written in brackets', () => {
    expect(showShape([2, 3])).toBe('[2,3]');
    expect(showShape([])).toBe('[]');
  });
});
