/** The settings of the cell `delta`; what follows of them is in plan.ts. */
import { z } from 'zod';
import { type FeatureMapName, featureMaps } from './feature-maps.ts';
import { type DeltaRuleName, deltaRules } from './rules.ts';

const names = <T extends string>(table: Readonly<Record<T, unknown>>) => Object.keys(table) as [T, ...T[]];
const width = z.int().max(65_536);

/** Every setting with its default: Gated DeltaNet. */
export const deltaSettings = z.strictObject({
  rule: z
    .enum(names<DeltaRuleName>(deltaRules))
    .default('gated-delta')
    .describe(
      'what a token does to the memory: linear attention, DeltaNet, Mamba-2 or GLA, Gated DeltaNet, DeltaProduct, both',
    ),
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
