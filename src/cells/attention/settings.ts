/** The settings of the cell `attention`, and the refusal of those that cannot work together. */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { headsThatDivide } from '../heads.ts';

/** Every setting with its default. */
export const attentionSettings = z.strictObject({
  size: z.int().min(1).max(65_536).default(64).describe('width of what the layers add to (D)'),
  layers: z.int().min(1).max(64).default(1).describe('layers in the residual stack'),
  heads: z
    .int()
    .min(1)
    .max(256)
    .default(4)
    .describe('places attended to at once (h), in size / heads numbers each'),
  window: z
    .int()
    .min(0)
    .max(65_536)
    .default(0)
    .describe('tokens that are kept; 0 = as many as the longest sequence of the task has'),
  sliding: z
    .boolean()
    .default(false)
    .describe('let the oldest token go when the window is full; otherwise longer sequences are refused'),
  positions: z
    .enum(['rotary', 'none'])
    .default('rotary')
    .describe('turn queries and keys by their time step, or leave order to the convolution'),
  convolution: z
    .boolean()
    .default(true)
    .describe('queries, keys and values see the last four tokens before they are used'),
});

/** Settings of the cell with every default filled in. */
export type AttentionSettings = z.infer<typeof attentionSettings>;

/** The settings with nothing left open. */
export type AttentionPlan = AttentionSettings & { readonly d: number };

/** @throws UsageError on sizes that cannot work together, and on sequences that the window cannot hold */
export function planOf(options: AttentionSettings, maxLength: number): AttentionPlan {
  const { size, heads, sliding, positions } = options;
  const [d, unit] = [size / heads, positions === 'rotary' ? 2 : 1];
  if (d % unit !== 0) {
    const wanted = Number.isInteger(d)
      ? 'heads of an even number of numbers, which rotary positions turn in pairs'
      : `heads that divide size ${size}`;
    const fitting = size % unit === 0 ? `${headsThatDivide(size, unit, unit)} heads, or ` : '';
    const cure = `take ${fitting}size ${Math.ceil(d / unit) * unit * heads}`;
    throw new UsageError(`attention: expected ${wanted}, got ${heads}; ${cure}`);
  }
  if (sliding && options.window === 0)
    throw new UsageError('attention: expected a window that slides, got 0, all of the past; set window');
  const window = options.window || maxLength;
  if (!sliding && window < maxLength)
    throw new UsageError(
      `attention: expected a window that holds the longest sequence, of ${maxLength} steps, got ${window}; ` +
        `set window 0 or ${maxLength}, or sliding true, which lets the oldest go`,
    );
  return { ...options, window, d };
}
