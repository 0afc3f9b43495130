/** Every option of the family against plain loops written from the equations, in float64; and what is refused. */
import { describe, expect, it } from 'vitest';
import { delta } from '../../../../src/cells/delta/delta.ts';
import type { Cell } from '../../../../src/core/contracts.ts';
import { useBackend } from '../../../support/backends.ts';
import { checkFloat64 } from '../../../support/float64-check.ts';
import { allCombinations, type Combination, pairwise } from '../../../support/pairwise.ts';
import { type DeltaReferenceOptions, deltaReference } from '../../../support/reference/delta.ts';

useBackend('cpu');

const make = (changes: object): Cell =>
  delta.create(delta.settings.parse({ size: 4, heads: 2, ...changes }), { inputSize: 3, maxLength: 7 });

const options = {
  rule: ['sum', 'delta', 'gated-sum', 'gated-delta', 'product', 'gated-product'],
  featureMap: ['silu', 'elu', 'relu', 'dpfp', 'identity'],
  normalization: ['attention', 'sum', 'l2', 'none'],
  gate: ['scalar', 'channel'],
  negativeEigenvalues: [false, true],
  convolution: [true, false],
  steps: [1, 2, 3],
  nu: [1, 2],
  // Keys wider than values, and the other way round, by heads of either number.
  shape: ['1 head of 3 by 2', '2 heads of 2 by 2', '2 heads of 2 by 3'],
  layers: [1, 2],
} as const;
type Choice = Combination<typeof options>;

/** What makes sense, by the equations: only gates forget, only what is read can be taken back. */
function makesSense({
  rule,
  featureMap,
  normalization,
  gate,
  negativeEigenvalues,
  steps,
  nu,
}: Choice): boolean {
  const positive = ['elu', 'relu', 'dpfp'].includes(featureMap);
  const reads = !rule.endsWith('sum');
  if (normalization === 'attention' && rule !== 'sum') return false;
  if (['attention', 'sum'].includes(normalization) && !positive) return false;
  if (normalization === 'none' && reads) return false;
  if (gate === 'channel' && !rule.startsWith('gated')) return false;
  if (negativeEigenvalues && !reads) return false;
  if (steps > 1 && !rule.endsWith('product')) return false;
  return nu === 1 || featureMap === 'dpfp';
}

function settingsOf({ shape, ...choice }: Choice): DeltaReferenceOptions {
  const [heads, keySize, valueSize] = shape.match(/\d/g)!.map(Number) as [number, number, number];
  return { ...choice, heads, keySize, valueSize };
}

const crossed = pairwise(options, makesSense);

describe('delta, its options crossed pairwise', () => {
  it.each(crossed.map((choice) => [JSON.stringify(choice), choice] as const))('%s', (_, choice) => {
    const settings = settingsOf(choice);
    checkFloat64({ cell: make(settings), reference: deltaReference(settings) });
  });
});

it('refuses every combination that makes no sense, in one line with what would work, and no other', () => {
  for (const choice of allCombinations(options)) {
    if (choice.layers === 2) continue;
    const making = () => make(settingsOf(choice));
    if (makesSense(choice)) making();
    else expect(making, JSON.stringify(choice)).toThrow(/^delta: expected [^\n]+, got [^\n]+; [^\n]+$/);
  }
});
