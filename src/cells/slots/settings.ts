/** The settings of the cell `slots`, and the refusal of those that cannot work together. */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { headsThatDivide } from '../heads.ts';

/** Every setting with its default. */
export const slotsSettings = z.strictObject({
  size: z.int().min(1).max(65_536).default(64).describe('width of what the layers add to (D)'),
  layers: z.int().min(1).max(64).default(1).describe('layers in the residual stack'),
  heads: z
    .int()
    .min(1)
    .max(256)
    .default(4)
    .describe('memories side by side (h), with keys and values of size / heads numbers (d)'),
  slots: z.int().min(2).max(65_536).default(32).describe('rows of the memory of each head (M)'),
  routing: z
    .enum(['gated', 'top-k'])
    .default('top-k')
    .describe(
      'where a token is written: in every slot by a gate of its own (GSA), or in the few that score highest (Raven)',
    ),
  topK: z
    .int()
    .min(2)
    .max(65_536)
    .default(4)
    .describe(
      'slots that a token is written to with top-k routing; a single one would leave nothing to learn from',
    ),
  exploration: z
    .boolean()
    .default(true)
    .describe('Gumbel noise on the scores of top-k routing, in training alone'),
  prominence: z
    .enum(['none', 'lru', 'dnc', 'recall'])
    .default('none')
    .describe(
      'what the usage of slots does to top-k routing: nothing, Santoro 2016, Graves 2016, or frequent recall',
    ),
  convolution: z
    .boolean()
    .default(false)
    .describe('queries, keys and values see the last four tokens before they are used'),
});

/** Settings of the cell with every default filled in. */
export type SlotsSettings = z.infer<typeof slotsSettings>;

function refuse(expected: string, got: unknown, cure: string): never {
  throw new UsageError(`slots: expected ${expected}, got ${got}; ${cure}`);
}

/** @throws UsageError on sizes and settings that make no sense together */
export function checkSlotsSettings({ size, heads, slots, routing, topK, prominence }: SlotsSettings): void {
  if (size % heads !== 0) {
    const cure = `take ${headsThatDivide(size)} heads, or size ${Math.ceil(size / heads) * heads}`;
    refuse(`heads that divide size ${size}`, heads, cure);
  }
  if (routing === 'top-k' && topK > slots)
    refuse(`topK of at most the ${slots} slots`, topK, 'lower topK or raise slots');
  if (routing === 'gated' && prominence !== 'none')
    refuse(
      'prominence none with routing gated, which chooses no slots',
      prominence,
      'set prominence none, or routing top-k',
    );
}
