/** The settings of least recently used access, and the refusal of those that cannot work together. */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { controllerSettings } from '../controller.ts';

/** A gigabyte for one sequence. */
const LARGEST_MEMORY = 2 ** 28;
const count = z.int().min(1).max(65_536);

/** Every setting with its default: the paper's sizes: 128 slots of 40, an LSTM of 200, four reads. */
export const mannSettings = z.strictObject({
  slots: count.default(128).describe('rows of the memory (N)'),
  width: count.default(40).describe('numbers in a row (W)'),
  ...controllerSettings(200),
  readHeads: count.max(1024).default(4).describe('heads (R), each of which reads and writes'),
  add: z
    .enum(['key', 'separate'])
    .default('key')
    .describe('what is written: the key that is read by, as in the paper, or a vector of its own'),
});

/** Settings of least recently used access with every default filled in. */
export type MannSettings = z.infer<typeof mannSettings>;

/**
 * Refuses what cannot exist.
 * @throws UsageError
 */
export function checkMannSettings({ slots, width, readHeads }: MannSettings): void {
  if (slots * width > LARGEST_MEMORY)
    throw new UsageError(
      `mann: expected a memory of at most ${LARGEST_MEMORY} numbers, got slots ${slots} and width ${width}; lower one of them`,
    );
  if (readHeads > slots)
    throw new UsageError(
      `mann: expected readHeads <= slots, got readHeads ${readHeads} and slots ${slots}; ` +
        'each head writes to a slot of its own: lower readHeads or raise slots',
    );
}
