/** The settings of a Neural Turing Machine, and the refusal of those that cannot work together. */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { controllerSettings } from '../controller.ts';
import { prominenceRules } from '../prominence/rules.ts';

/** A gigabyte for one sequence. */
const LARGEST_MEMORY = 2 ** 28;
const count = z.int().min(1).max(65_536);

/**
 * Every setting with its default: the sizes of Graves et al. 2014, table 2. Memory starts constant, as Collier and Beel
 * 2018 found to train fastest; heads start on one slot, from which the tiny copy task trained more surely here than from
 * learned addresses.
 */
export const ntmSettings = z.strictObject({
  slots: count.default(128).describe('rows of the memory (N)'),
  width: count.default(20).describe('numbers in a row (W)'),
  ...controllerSettings(100),
  readHeads: count.max(1024).default(1).describe('heads that read (R)'),
  writeHeads: count.max(1024).default(1).describe('heads that erase and add (V)'),
  shiftRange: z
    .int()
    .min(0)
    .max(32_767)
    .default(1)
    .describe('farthest step a head can take along the slots, to either side'),
  order: z
    .enum(['read-then-write', 'write-then-read'])
    .default('read-then-write')
    .describe('whether heads read the memory as the step finds it, or as it leaves it'),
  memoryStart: z
    .enum(['constant', 'random', 'learned'])
    .default('constant')
    .describe('memory at the start of a sequence: 1e-6 throughout, fixed random rows, or learned rows'),
  memorySeed: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(1)
    .describe('seed of the rows of memoryStart random; they are not learned'),
  addressStart: z
    .enum(['uniform', 'one-hot', 'learned'])
    .default('one-hot')
    .describe('where heads point at the start of a sequence: everywhere, slot 0, or as learned'),
  prominence: z
    .enum(['none', 'lru', 'dnc', 'recall'])
    .default('none')
    .describe('what the usage of slots does: nothing, Santoro 2016, Graves 2016, or frequent recall'),
});

/** Settings of a Neural Turing Machine with every default filled in. */
export type NtmSettings = z.infer<typeof ntmSettings>;

/**
 * Refuses what cannot exist, and what can never train: from identical rows and uniform weights, content, shift and
 * sharpening keep the weights uniform for ever, whatever the controller says, since none of them tells slots apart.
 * @throws UsageError
 */
export function checkNtmSettings(settings: NtmSettings): void {
  const { slots, width, shiftRange, writeHeads, memoryStart, addressStart, prominence } = settings;
  if (slots * width > LARGEST_MEMORY)
    throw new UsageError(
      `ntm: expected a memory of at most ${LARGEST_MEMORY} numbers, got slots ${slots} and width ${width}; lower one of them`,
    );
  if (2 * shiftRange + 1 > slots)
    throw new UsageError(
      `ntm: expected 2 shiftRange + 1 <= slots, got shiftRange ${shiftRange} and slots ${slots}; ` +
        'lower shiftRange or raise slots',
    );
  if (prominence === 'lru' && writeHeads > slots)
    throw new UsageError(
      `ntm: expected with prominence lru writeHeads <= slots, got writeHeads ${writeHeads} and slots ${slots}; ` +
        'each write head takes a slot of its own: lower writeHeads or raise slots',
    );
  if (memoryStart === 'constant' && addressStart === 'uniform' && prominenceRules[prominence].equivariant)
    throw new UsageError(
      'ntm: expected slots that differ at the start, got memoryStart constant with addressStart uniform, from which ' +
        'heads stay uniform for ever and nothing trains; set addressStart to learned or one-hot, or memoryStart to random',
    );
}
