import { describe, expect, it } from 'vitest';
import type { LossKind, ReferenceLines } from '../../../src/core/contracts.ts';
import { solvedBelow } from '../../../src/core/loss-kinds.ts';
import { dynamicNgrams } from '../../../tasks/index.ts';

const below = (loss: LossKind, lines: ReferenceLines) =>
  solvedBelow({ loss, solvedBits: 0.25, lines: () => lines }, {});

describe('solvedBelow', () => {
  it('is the threshold above an optimum that is told in bits', () => {
    expect(below('bits', { chance: 8 })).toBe(0.25);
    expect(below('bits', { chance: 8, optimum: 2 })).toBe(2.25);
  });

  it('takes no other measure for bits, and the bits that are told beside it', () => {
    for (const loss of ['symbol', 'value'] as const) {
      expect(below(loss, { chance: 90, optimum: 40 })).toBe(0.25);
      expect(below(loss, { chance: 90, optimum: 40, optimumBits: 3 })).toBe(3.25);
    }
  });

  it('lets a source that cannot be known be solved', () => {
    const settings = { context: 1, length: 20 };
    const { optimum } = dynamicNgrams.lines(settings);
    expect(optimum).toBeGreaterThan(5);
    expect(solvedBelow(dynamicNgrams, settings)).toBe(optimum! + 1.5);
  });
});
