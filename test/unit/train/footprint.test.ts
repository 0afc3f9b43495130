/** What training takes at the least, before anything is built. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/core/backend.ts';
import { UsageError } from '../../../src/core/errors.ts';
import * as tf from '../../../src/core/tf.ts';
import { assemble } from '../../../src/registry.ts';
import { configSchema } from '../../../src/train/config.ts';
import { checkFits, modelSize } from '../../../src/train/footprint.ts';
import { optimizer } from '../../../src/train/optimizer.ts';
import { HIDDEN, toyModel } from './toy.ts';

const adam = optimizer(configSchema.shape.optimizer.parse({ name: 'adam' }));

beforeAll(() => openBackend('cpu'));

describe('modelSize', () => {
  it('counts parameters and state, and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    const kernels = 2 * HIDDEN + HIDDEN * HIDDEN + HIDDEN;
    expect(modelSize(toyModel())).toEqual({ parameters: kernels + 2 * HIDDEN + 2, state: HIDDEN });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is quick where a model is large', () => {
    const cell = { name: 'ntm', slots: 65_536, width: 512 };
    const config = configSchema.parse({ task: { name: 'copy' }, cell, optimizer: { name: 'adam' } });
    expect(modelSize(assemble(config).model).state).toBeGreaterThan(65_536 * 512);
  });
});

describe('checkFits', () => {
  const size = { parameters: 1000, state: 50 };
  const load = { optimizer: adam, batchSize: 16, length: 10 };
  const bytes = 4 * (4 * 1000 + 50 * 16 * 10);

  it('accepts what fits to the byte', () => {
    expect(() => checkFits(size, load, bytes)).not.toThrow();
  });

  it('refuses what does not, with the bytes, the limit and what to change', () => {
    expect(() => checkFits(size, load, bytes - 1)).toThrow(
      new UsageError(
        `expected training that fits into ${bytes - 1} bytes, got at least ${bytes}: 1000 parameters, and 50 numbers of state for each of 16 x 10 steps; lower the sizes of the cell, --batch or the length of the task`,
      ),
    );
  });
});
