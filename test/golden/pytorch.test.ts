/** One step of cells with all gradients against PyTorch's, from test/golden/pytorch/*.py. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { attention } from '../../src/cells/attention/attention.ts';
import { delta } from '../../src/cells/delta/delta.ts';
import { dnc } from '../../src/cells/dnc/dnc.ts';
import { fastWeights } from '../../src/cells/fast-weights/fast-weights.ts';
import { mesa } from '../../src/cells/mesa/mesa.ts';
import { ntm } from '../../src/cells/ntm/ntm.ts';
import { rwkv7 } from '../../src/cells/rwkv7/rwkv7.ts';
import { slots } from '../../src/cells/slots/slots.ts';
import { titans } from '../../src/cells/titans/titans.ts';
import { mlstm } from '../../src/cells/xlstm/mlstm.ts';
import { slstm } from '../../src/cells/xlstm/slstm.ts';
import type { Cell, Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves, mapTree } from '../../src/core/tree.ts';
import { expectNoLeak } from '../support/leaks.ts';

interface Recorded {
  readonly shape: number[];
  readonly data: number[];
}
type Group = Record<string, Recorded>;
interface Golden {
  readonly settings: Record<string, unknown>;
  readonly leaves: Group;
  readonly cotangents: Group;
  readonly results: Group;
  readonly gradients: Group;
}

const golden = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`expected/pytorch-${name}.json`, import.meta.url), 'utf8'));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The largest difference, relative to the largest number expected. */
function expectEqual(actual: tf.Tensor, expected: Recorded, what: string): void {
  expect(actual.shape, what).toEqual(expected.shape);
  const values = actual.dataSync();
  const scale = Math.max(...expected.data.map(Math.abs));
  expect(scale, what).toBeGreaterThan(0);
  const errors = expected.data.map((value, index) => Math.abs(values[index]! - value) / scale);
  expect(
    errors.filter((error) => !(error < 1e-5)),
    what,
  ).toEqual([]);
}

/** Output and next state, by the paths of the record. */
function stepResults(cell: Cell, params: Tree, state: Tree, input: tf.Tensor2D): Record<string, tf.Tensor> {
  const step = cell.step(params, state, input);
  return Object.fromEntries([['output', step.output], ...leaves<tf.Tensor>({ state: step.state } as Tree)]);
}

/** Runs one step from the record's leaves and compares results and gradients; `paths` are what the cell names them. */
function compare(cell: Cell, record: Golden, renamed: Record<string, string> = {}): void {
  const nameOf = (path: string) => renamed[path] ?? path;
  tf.tidy(() => {
    const fresh = cell.init(rng(1, 'golden'));
    const all: Tree = {
      params: fresh,
      state: cell.initialState(fresh, 2),
      input: tf.zeros([2, cell.inputSize]),
    } as Tree;
    const paths = leaves<tf.Tensor>(all)
      .map(([path]) => path)
      .filter((path) => nameOf(path) in record.leaves);
    // Nothing recorded is left out but the form that this cell does not have.
    expect(paths.length).toBe(Object.keys(record.leaves).length - Object.keys(renamed).length);
    const given = paths.map((path) =>
      tf.tensor(record.leaves[nameOf(path)]!.data, record.leaves[nameOf(path)]!.shape),
    );
    const results = (...xs: tf.Tensor[]) => {
      const byPath = new Map(paths.map((path, index) => [path, xs[index]!]));
      const tree = mapTree(all as never, (leaf: tf.Tensor, path) => byPath.get(path) ?? leaf) as {
        params: Tree;
        state: Tree;
        input: tf.Tensor2D;
      };
      return stepResults(cell, tree.params, tree.state, tree.input);
    };
    const seen = results(...given);
    for (const [path, tensor] of Object.entries(seen))
      expectEqual(tensor, record.results[nameOf(path)]!, path);
    const gradients = tf.grads((...xs: tf.Tensor[]) => {
      const values = results(...xs);
      const terms = Object.entries(record.cotangents).map(([path, { data, shape }]) =>
        tf.sum(tf.mul(values[path]!, tf.tensor(data, shape))),
      );
      return tf.addN(terms);
    })(given);
    gradients.forEach((gradient, index) => {
      const path = paths[index]!;
      expectEqual(gradient, record.gradients[nameOf(path)]!, `gradient of ${path}`);
    });
  });
}

describe('one step and its gradients equal those of PyTorch', () => {
  it('for a Neural Turing Machine with two read and two write heads', () => {
    expectNoLeak(() => {
      const record = golden('ntm');
      const settings = ntm.settings.parse(record.settings);
      compare(ntm.create(settings, { inputSize: 3, maxLength: 1 }), record);
    });
  });

  it.each(['matrix', 'attention'] as const)('for fast weights in the %s form', (form) => {
    expectNoLeak(() => {
      const record = golden('fast-weights');
      const settings = fastWeights.settings.parse({ ...record.settings, form });
      const cell = fastWeights.create(settings, { inputSize: 3, maxLength: 4 });
      compare(cell, record, { 'state.memory': form });
    });
  });

  it.each(['sum', 'delta', 'gated-sum', 'gated-sum-channel', 'gated-delta', 'product', 'gated-product'])(
    'for the linear family, %s',
    (name) => {
      expectNoLeak(() => {
        const record = golden(`delta-${name}`);
        const settings = delta.settings.parse(record.settings);
        compare(delta.create(settings, { inputSize: 3, maxLength: 1 }), record);
      });
    },
  );

  it('for attention to a window', () => {
    expectNoLeak(() => {
      const record = golden('attention');
      const settings = attention.settings.parse(record.settings);
      compare(attention.create(settings, { inputSize: 3, maxLength: 9 }), record);
    });
  });

  it.each(['gated', 'top-k'])('for slots, %s', (routing) => {
    expectNoLeak(() => {
      const record = golden(`slots-${routing}`);
      const settings = slots.settings.parse(record.settings);
      compare(slots.create(settings, { inputSize: 3, maxLength: 1 }), record);
    });
  });

  it('for mLSTM', () => {
    expectNoLeak(() => {
      const record = golden('mlstm');
      const settings = mlstm.settings.parse(record.settings);
      compare(mlstm.create(settings, { inputSize: 3, maxLength: 1 }), record);
    });
  });

  it('for the scalar memory of xLSTM', () => {
    expectNoLeak(() => {
      const record = golden('slstm');
      const settings = slstm.settings.parse(record.settings);
      compare(slstm.create(settings, { inputSize: 3, maxLength: 1 }), record);
    });
  });

  it('for RWKV-7', () => {
    expectNoLeak(() => {
      const record = golden('rwkv7');
      const settings = rwkv7.settings.parse(record.settings);
      compare(rwkv7.create(settings, { inputSize: 3, maxLength: 1 }), record);
    });
  });

  it.each(['titans', 'ttt', 'titans-ttt'])('for gradient steps on a memory, %s', (name) => {
    expectNoLeak(() => {
      const record = golden(name);
      const settings = titans.settings.parse(record.settings);
      compare(titans.create(settings, { inputSize: 3, maxLength: 1 }), record);
    });
  });

  it('for MesaNet, whose system PyTorch solves at once', () => {
    expectNoLeak(() => {
      const record = golden('mesa');
      const settings = mesa.settings.parse(record.settings);
      compare(mesa.create(settings, { inputSize: 3, maxLength: 1 }), record);
    });
  });

  it('for a differentiable neural computer with two heads of each kind and every option', () => {
    expectNoLeak(() => {
      const record = golden('dnc');
      const settings = dnc.settings.parse(record.settings);
      compare(dnc.create(settings, { inputSize: 3, maxLength: 1 }), record);
    });
  });
});
