/** The settings of a differentiable neural computer, and the refusal of those that cannot work together. */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { controllerSettings } from '../controller.ts';

/** A gigabyte for one sequence. */
const LARGEST_STATE = 2 ** 28;
const count = z.int().min(1).max(65_536);

/** Every setting with its default: no option of Csordas and Schmidhuber 2019, one head of each kind. */
export const dncSettings = z.strictObject({
  slots: count.default(64).describe('rows of the memory (N); time and links grow with its square'),
  width: count.default(20).describe('numbers in a row (W)'),
  ...controllerSettings(100),
  readHeads: count.max(1024).default(1).describe('heads that read (R)'),
  writeHeads: count.max(64).default(1).describe('heads that write, in turn, each with links of its own (V)'),
  maskedContent: z
    .boolean()
    .default(false)
    .describe('heads say which numbers of a row they compare with their key'),
  erasingDeallocation: z
    .boolean()
    .default(false)
    .describe('slots that the free gates free are erased, not only taken for unused'),
  linkSharpness: z
    .boolean()
    .default(false)
    .describe('heads sharpen what they find by following links, against the blur of long chains'),
});

/** Settings of a differentiable neural computer with every default filled in. */
export type DncSettings = z.infer<typeof dncSettings>;

/**
 * Refuses what cannot exist.
 * @throws UsageError
 */
export function checkDncSettings({ slots, width, writeHeads }: DncSettings): void {
  if (slots * (width + writeHeads * slots) > LARGEST_STATE)
    throw new UsageError(
      `dnc: expected memory and links of at most ${LARGEST_STATE} numbers, got slots ${slots}, width ${width} and writeHeads ${writeHeads}; lower slots first: links are slots by slots`,
    );
}
