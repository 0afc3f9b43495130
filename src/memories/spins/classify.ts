/**
 * What a state is to a memory: one of its patterns, one of them reversed (E(s) = E(-s), so each is an attractor too), a
 * mixture sgn(+-xi1 +-xi2 +-xi3) of an odd number (Amit, Gutfreund, Sompolinsky 1985), or none of these: glass.
 */
import { overlap } from '../codes.ts';
import type { Vector } from '../contracts.ts';

/** What a state is. */
export interface Classified {
  readonly kind: 'memory' | 'reversed' | 'mixture' | 'glass';
  /** Of the patterns that it is made of, the nearest first; of glass the nearest alone. Empty where nothing is stored. */
  readonly patterns: readonly number[];
  /** With the nearest pattern, or with the mixture. */
  readonly overlap: number;
}

const MIXED = [3, 5, 7];

/** @param threshold the overlap from which a state counts as a pattern or a mixture */
export function classify(state: Vector, patterns: readonly Vector[], threshold: number): Classified {
  const overlaps = patterns
    .map((pattern, index) => ({ index, m: overlap(state, pattern) }))
    .sort((a, b) => Math.abs(b.m) - Math.abs(a.m));
  const nearest = overlaps[0];
  if (nearest === undefined) return { kind: 'glass', patterns: [], overlap: 0 };
  if (Math.abs(nearest.m) >= threshold)
    return {
      kind: nearest.m > 0 ? 'memory' : 'reversed',
      patterns: [nearest.index],
      overlap: nearest.m,
    };
  for (const count of MIXED.filter((n) => n <= patterns.length)) {
    const parts = overlaps.slice(0, count);
    const mixture = Float64Array.from(state, (_, i) =>
      Math.sign(parts.reduce((sum, { index, m }) => sum + Math.sign(m) * patterns[index]![i]!, 0)),
    );
    const m = overlap(state, mixture);
    if (m >= threshold) return { kind: 'mixture', patterns: parts.map(({ index }) => index), overlap: m };
  }
  return { kind: 'glass', patterns: [nearest.index], overlap: nearest.m };
}
