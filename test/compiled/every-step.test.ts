import { beforeAll, describe, expect, it } from 'vitest';
import { irnn } from '../../src/cells/irnn.ts';
import { model } from '../../src/cells/model.ts';
import type { Cell, CellKind } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves } from '../../src/core/tree.ts';
import { cells } from '../../src/registry.ts';
import { eagerEngine } from '../../src/train/eager.ts';
import { schedule } from '../../src/train/schedule.ts';
import { sgd } from '../../src/train/transforms.ts';
import { toyModel } from '../unit/train/toy.ts';
import { counts } from './compiled-cell.ts';

beforeAll(() => tf.setBackend('cpu'));

/** The program itself (`forward`), kernels that only move values about, and the tape's sum of what comes from two places. */
const ALLOWED = ['forward', 'Slice', 'Reshape', 'Concat', 'Identity', 'PadV2', 'Add'];

const make = (kind: CellKind) => kind.create(kind.settings.parse({}), { inputSize: 2, maxLength: 4 });

/** Names of the kernels that TensorFlow.js runs for one start, one step and their gradients. */
async function kernelsOf(cell: Cell): Promise<string[]> {
  const params = cell.init(rng(1, 'init'));
  const first = leaves<tf.Tensor>(params)[0]![1];
  const { kernelNames } = await tf.profile(() => {
    const run = () => {
      const step = cell.step(params, cell.initialState(params, 3), tf.ones([3, 2]));
      return tf.reshape(tf.slice(step.output, [0, 0], [1, 1]), []) as tf.Scalar;
    };
    return tf.engine().gradients(run, [first], undefined as never, true).grads[0]!;
  });
  return kernelNames;
}

describe('in this project', () => {
  it.each(Object.entries(cells))(
    '%s: TensorFlow.js does no arithmetic in a step or its gradient',
    async (_, kind) => {
      const before = { ...counts };
      const names = await kernelsOf(make(kind));
      expect(counts.steps).toBe(before.steps + 1);
      expect(counts.starts).toBe(before.starts + 1);
      expect(counts.gradients).toBeGreaterThan(before.gradients);
      expect(names.filter((name) => !ALLOWED.includes(name))).toEqual([]);
    },
  );

  it('a model steps by its program too', async () => {
    const cell = irnn.create({ size: 3, identityScale: 1 }, { inputSize: 4, maxLength: 4 });
    const names = await kernelsOf(
      model(cell, { inputSize: 2, outputSize: 2, embeddingSize: 4 }) as unknown as Cell,
    );
    expect(names.filter((name) => !ALLOWED.includes(name))).toEqual([]);
  });

  it('the eager engine is the compiled one', () => {
    const engine = eagerEngine({
      model: toyModel(),
      loss: 'bits',
      optimizer: sgd(schedule({ rate: 1 })),
      initRng: rng(1, 'init'),
    });
    expect(engine.name).toBe('compiled');
    engine.dispose();
  });
});
