/** The settings of the cell `delta`, what follows of them, and the refusal of those that make no sense together. */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { type FeatureMapName, featureMaps } from './feature-maps.ts';
import { type DeltaRuleName, deltaRules } from './rules.ts';

const names = <T extends string>(table: Readonly<Record<T, unknown>>) => Object.keys(table) as [T, ...T[]];
const width = z.int().max(65_536);

/** Every setting with its default: Gated DeltaNet. */
export const deltaSettings = z.strictObject({
  rule: z
    .enum(names<DeltaRuleName>(deltaRules))
    .default('gated-delta')
    .describe('what a token does to the memory'),
  size: width.min(1).default(64).describe('width of what the layers add to (D)'),
  layers: z.int().min(1).max(64).default(1).describe('layers in the residual stack'),
  heads: z.int().min(1).max(256).default(4).describe('memories side by side (h)'),
  keySize: width
    .min(0)
    .default(0)
    .describe('numbers in a key and a query of each head (d_k); 0 = size / heads'),
  valueSize: width.min(0).default(0).describe('numbers in a value of each head (d_v); 0 = size / heads'),
  featureMap: z
    .enum(['auto', ...names<FeatureMapName>(featureMaps)])
    .default('auto')
    .describe('what keys and queries go through; auto: elu with the rule sum, silu with the others'),
  nu: z.int().min(1).max(1024).default(1).describe('products of each number, with the feature map dpfp'),
  normalization: z
    .enum(['auto', 'attention', 'sum', 'l2', 'none'])
    .default('auto')
    .describe(
      'answers divided by the sum of all weights, keys and queries by their own sum or length; auto: as in the papers',
    ),
  gate: z
    .enum(['scalar', 'channel'])
    .default('scalar')
    .describe('gated rules forget by one number a head, or one a channel of its keys'),
  negativeEigenvalues: z
    .boolean()
    .default(false)
    .describe('write strengths up to 2, so that a write can turn a sign'),
  steps: z
    .int()
    .min(0)
    .max(16)
    .default(0)
    .describe('writes a token (n_h); 0 = 2 with the product rules, 1 with the others'),
  convolution: z
    .boolean()
    .default(true)
    .describe('keys, queries and values see the last four tokens before they are used'),
});

/** Settings of the cell with every default filled in. */
export type DeltaSettings = z.infer<typeof deltaSettings>;

/** The settings with nothing left open: no `auto`, no 0. */
export type DeltaPlan = DeltaSettings & {
  readonly featureMap: FeatureMapName;
  readonly normalization: 'attention' | 'sum' | 'l2' | 'none';
  /** Numbers that the feature map makes of a key. */
  readonly featureSize: number;
};

/** What the papers divide by: see the table of `normalization` in docs. */
function usualNormalization(rule: DeltaRuleName, featureMap: FeatureMapName): DeltaPlan['normalization'] {
  const { positive } = featureMaps[featureMap];
  if (rule === 'sum') return positive ? 'attention' : 'none';
  if (!deltaRules[rule].reads) return 'none';
  return positive ? 'sum' : 'l2';
}

/**
 * The settings filled in.
 * @throws UsageError on those that make no sense together
 */
export function planOf(settings: DeltaSettings): DeltaPlan {
  const { rule, size, heads, nu } = settings;
  const featureMap = settings.featureMap !== 'auto' ? settings.featureMap : rule === 'sum' ? 'elu' : 'silu';
  const keySize = settings.keySize || size / heads;
  const plan: DeltaPlan = {
    ...settings,
    featureMap,
    keySize,
    valueSize: settings.valueSize || size / heads,
    normalization:
      settings.normalization === 'auto' ? usualNormalization(rule, featureMap) : settings.normalization,
    steps: settings.steps || deltaRules[rule].steps,
    featureSize: featureMaps[featureMap].size(keySize, nu),
  };
  checkSizes(plan);
  checkRule(plan);
  return plan;
}

function checkSizes({ size, heads, keySize, valueSize, nu, featureMap }: DeltaPlan): void {
  if (!Number.isInteger(keySize) || !Number.isInteger(valueSize))
    throw new UsageError(
      `delta: expected heads that divide size ${size}, got ${heads}; take ${divisors(size)} heads, or set keySize and valueSize`,
    );
  const most = featureMap === 'dpfp' ? 2 * keySize - 1 : 1;
  if (nu > most)
    throw new UsageError(
      featureMap === 'dpfp'
        ? `delta: expected nu of at most 2 keySize - 1 = ${most}, got ${nu}; lower nu or raise keySize`
        : `delta: expected nu 1 with the feature map ${featureMap}, got ${nu}; only dpfp has products: set featureMap dpfp`,
    );
}

/** Up to 16, which is as many heads as anybody wants. */
function divisors(size: number): string {
  const found = Array.from({ length: 16 }, (_, i) => i + 1).filter((heads) => size % heads === 0);
  return found.length === 1 ? '1' : `${found.slice(0, -1).join(', ')} or ${found.at(-1)}`;
}

/** What stands in the way of a normalization that does not work. */
const obstacles = {
  attention:
    'it divides by sums that only the rule sum keeps, of features that are never negative: elu, relu, dpfp',
  sum: 'its features can sum to 0: or set featureMap elu, relu or dpfp',
  l2: '',
  none: 'keys longer than 1 take back more than they find, and the memory grows without bound',
};

function checkRule(plan: DeltaPlan): void {
  const { rule, featureMap, normalization, gate, negativeEigenvalues, steps } = plan;
  const { gated, reads, steps: usual } = deltaRules[rule];
  const { positive } = featureMaps[featureMap];
  const refuse = (expected: string, got: unknown, cure: string) => {
    throw new UsageError(`delta: expected ${expected}, got ${got}; ${cure}`);
  };
  const works = [
    ...(positive && rule === 'sum' ? ['attention'] : []),
    ...(positive ? ['sum'] : []),
    'l2',
    ...(reads ? [] : ['none']),
  ];
  if (!works.includes(normalization)) {
    const place = `with the rule ${rule} and the feature map ${featureMap}`;
    refuse(`normalization ${works.join(' or ')} ${place}`, normalization, obstacles[normalization]);
  }
  if (gate === 'channel' && !gated)
    refuse(`gate scalar with the rule ${rule}`, gate, `it forgets nothing: set rule gated-${rule}`);
  if (negativeEigenvalues && !reads)
    refuse(
      `negativeEigenvalues false with the rule ${rule}`,
      negativeEigenvalues,
      'it takes nothing back: set rule delta, gated-delta or product',
    );
  if (steps > 1 && usual === 1)
    refuse(`steps 1 with the rule ${rule}`, steps, `set rule ${gated ? 'gated-product' : 'product'}`);
}
