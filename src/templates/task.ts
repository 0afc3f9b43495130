/**
 * my-task: a task to begin from. A sequence of random binary vectors is shown, and then asked for in reverse, last
 * vector first, as in Grefenstette et al. 2015.
 *   engram train ./my-task.ts --preset tiny --until-solved
 * A sequence of L vectors takes 2L+1 steps: L vectors, one step that says the end on a channel of its own, and L steps
 * of silence, in which the answers are scored.
 */
import { defineTask, emptyBatch, z } from 'engram/cell';

/** Each is a flag with a default, a range and a text for help: --task.maxLength 8. */
const settings = z.strictObject({
  maxLength: z.int().min(1).max(1000).default(5).describe('vectors in the longest sequence'),
  width: z.int().min(1).max(64).default(4).describe('bits in a vector'),
});

/** Give back a sequence of random binary vectors in reverse. */
export default defineTask({
  name: 'my-task',
  summary: 'give back a sequence of random binary vectors in reverse',
  settings,
  /** What train takes where no flag says otherwise. */
  recipe: { optimizer: { name: 'adam', rate: 1e-2 }, batchSize: 16 },
  /** `bits`: every output is a yes or no of its own. `symbol`: one of all. */
  loss: 'bits',
  /** Solved below this many bits per sequence, three evaluations in a row. */
  solvedBits: 0.05,

  sizes: ({ maxLength, width }) => ({
    inputSize: width + 1,
    outputSize: width,
    maxLength: 2 * maxLength + 1,
  }),

  /** The most vectors that must be remembered at once: a memory with fewer slots gets a warning. */
  load: ({ maxLength }) => maxLength,

  /** What guessing costs, in bits per sequence: a bit for each answer, lengths being uniform from 1 to maxLength. */
  lines: ({ maxLength, width }) => ({ chance: (width * (1 + maxLength)) / 2 }),

  /** What eval --grid asks, each by a name: longer than it was trained on. */
  harder: ({ maxLength, width }) => ({
    'as trained': { maxLength, width },
    'twice as long': { maxLength: 2 * maxLength, width },
  }),

  /** All random numbers come from `rng`, so that a seed gives one stream of sequences. */
  sample({ maxLength, width }, rng, batchSize) {
    const lengths = Array.from({ length: batchSize }, () => 1 + rng.integer(maxLength));
    const steps = 2 * Math.max(...lengths) + 1;
    // Numbers by time step, sequence and channel; all zero, and none scored.
    const batch = emptyBatch({ length: steps, batchSize, inputSize: width + 1, outputSize: width });
    lengths.forEach((length, sequence) => {
      const at = (step: number) => step * batchSize + sequence;
      for (let step = 0; step < length; step++) {
        const asked = at(2 * length - step);
        batch.mask[asked] = 1;
        for (let bit = 0; bit < width; bit++) {
          const value = rng.integer(2);
          batch.inputs[at(step) * (width + 1) + bit] = value;
          batch.targets[asked * width + bit] = value;
        }
      }
      batch.inputs[at(length) * (width + 1) + width] = 1;
    });
    return batch;
  },
});
