/**
 * my-cell: a small memory to begin from. A recurrent controller moves a write head and a read head along the slots of a
 * matrix, one slot back, none, or one on, as in Graves, Wayne and Danihelka 2014 without its search by content.
 *   engram train copy --cell ./my-cell.js --preset tiny --until-solved
 * Letters in shapes: B batch, I input size, H controller size, N slots, W width of a slot.
 */
import {
  defineCell,
  overBatch,
  readMemory,
  shiftWeights,
  tf,
  uniformKernel,
  writeMemory,
  z,
} from 'engram/cell';

/** Each is a flag with a default, a range and a text for help: --cell.slots 32. */
const settings = z.strictObject({
  slots: z.int().min(3).max(1024).default(16).describe('slots of the memory'),
  width: z.int().min(1).max(1024).default(8).describe('numbers in a slot'),
  controllerSize: z.int().min(1).max(4096).default(32).describe('units of the controller'),
});

/** A recurrent controller whose two heads step along the slots of a memory. */
export default defineCell({
  name: 'my-cell',
  summary: 'a controller with a write head and a read head that step along the slots',
  settings,
  /** What train takes where no flag says otherwise. */
  recipe: { optimizer: { name: 'adam', rate: 1e-2 }, batchSize: 16 },

  /** Called once, with the settings and the sizes of the task; nothing is computed yet. */
  create: ({ slots, width, controllerSize }, { inputSize }) => ({
    name: 'my-cell',
    inputSize,
    outputSize: controllerSize + width,
    slots,

    /** What is learned. All random numbers come from `rng`, so that a seed gives one model. */
    init: (rng) => ({
      // [I+W+H,H]
      controller: uniformKernel(rng, inputSize + width + controllerSize, controllerSize),
      bias: tf.zeros([controllerSize]),
      // What the controller says to the memory: what to erase and to add, and how each of the two heads moves.
      interface: uniformKernel(rng, controllerSize, 2 * width + 2 * 3),
    }),

    /** What is carried from step to step, before the first: both heads are on the first slot of an empty memory. */
    initialState: (_params, batchSize) => ({
      hidden: tf.zeros([batchSize, controllerSize]),
      memory: tf.zeros([batchSize, slots, width]),
      // [B,2,N]: where the write head is, and where the read head is.
      heads: overBatch(tf.oneHot([0, 0], slots, 1, 0, 'float32'), batchSize),
      read: tf.zeros([batchSize, width]),
    }),

    /** One step: tensors in, tensors out, and nothing else. Gradients follow by themselves. */
    step(params, { hidden: before, memory: old, heads: previous, read: last }, input) {
      const batchSize = input.shape[0];
      const seen = tf.concat([input, last, before], 1);
      const hidden = tf.tanh(tf.add(tf.matMul(seen, params.controller), params.bias));
      const [erase, add, moves] = tf.split(tf.matMul(hidden, params.interface), [width, width, 6], 1);
      const shift = tf.softmax(tf.reshape(moves, [batchSize, 2, 3]));
      const heads = shiftWeights(previous, shift);
      const [write, look] = tf.split(heads, 2, 1);
      const memory = writeMemory(old, {
        weights: write,
        erase: tf.sigmoid(tf.reshape(erase, [batchSize, 1, width])),
        add: tf.tanh(tf.reshape(add, [batchSize, 1, width])),
      });
      const read = readMemory(memory, look);
      return {
        output: tf.concat([hidden, read], 1),
        state: { hidden, memory, heads, read },
        // What inspect draws; free when nobody looks.
        probe: { memory, writeWeights: write, readWeights: look },
      };
    },
  }),
});
