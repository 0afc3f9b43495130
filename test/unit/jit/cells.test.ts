import { beforeAll, describe, expect, it } from 'vitest';
import { associativeLstm } from '../../../src/cells/associative-lstm/associative-lstm.ts';
import { attention } from '../../../src/cells/attention/attention.ts';
import { delta } from '../../../src/cells/delta/delta.ts';
import { dnc } from '../../../src/cells/dnc/dnc.ts';
import { fastWeights } from '../../../src/cells/fast-weights/fast-weights.ts';
import { gru } from '../../../src/cells/gru.ts';
import { hopfield } from '../../../src/cells/hopfield/hopfield.ts';
import { irnn } from '../../../src/cells/irnn.ts';
import { lstm } from '../../../src/cells/lstm.ts';
import { mann } from '../../../src/cells/mann/mann.ts';
import { mesa } from '../../../src/cells/mesa/mesa.ts';
import { ntm } from '../../../src/cells/ntm/ntm.ts';
import { rwkv7 } from '../../../src/cells/rwkv7/rwkv7.ts';
import { slots } from '../../../src/cells/slots/slots.ts';
import { titans } from '../../../src/cells/titans/titans.ts';
import { mlstm } from '../../../src/cells/xlstm/mlstm.ts';
import { slstm } from '../../../src/cells/xlstm/slstm.ts';
import type { Cell, CellKind, LossKind } from '../../../src/core/contracts.ts';
import * as tf from '../../../src/core/tf.ts';
import { compiled, expectAgreement, INPUTS, perturbed, randomBatch } from '../../support/jit.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

const make = <C>(kind: CellKind<C>, settings: object): Cell =>
  kind.create(kind.settings.parse(settings), { inputSize: INPUTS, maxLength: 7 });

const linear = { size: 6, heads: 2 };
const small = { slots: 6, width: 5, controllerSize: 7 };

const cells: [name: string, cell: () => Cell, loss: LossKind][] = [
  ['delta, two layers of its default', () => make(delta, { ...linear, layers: 2 }), 'bits'],
  ['delta, sum', () => make(delta, { ...linear, rule: 'sum' }), 'symbol'],
  [
    'delta, delta on dpfp',
    () => make(delta, { ...linear, rule: 'delta', featureMap: 'dpfp', nu: 2 }),
    'bits',
  ],
  [
    'delta, gated sum by channel',
    () => make(delta, { ...linear, rule: 'gated-sum', gate: 'channel' }),
    'bits',
  ],
  [
    'delta, gated product of three',
    () => make(delta, { ...linear, rule: 'gated-product', steps: 3, negativeEigenvalues: true }),
    'symbol',
  ],
  [
    'delta, wide keys and no convolution',
    () => make(delta, { size: 6, heads: 1, keySize: 12, valueSize: 5, convolution: false }),
    'bits',
  ],
  ['attention, two layers', () => make(attention, { size: 8, heads: 2, layers: 2 }), 'bits'],
  [
    'attention that slides, without positions or convolution',
    () => make(attention, { ...linear, window: 3, sliding: true, positions: 'none', convolution: false }),
    'symbol',
  ],
  ...['none', 'lru', 'dnc', 'recall'].map((prominence): [string, () => Cell, LossKind] => [
    `slots, two layers, prominence ${prominence}`,
    () => make(slots, { ...linear, layers: 2, slots: 5, topK: 2, exploration: false, prominence }),
    'bits',
  ]),
  [
    'slots that are gated',
    () => make(slots, { ...linear, routing: 'gated', slots: 5, convolution: true }),
    'symbol',
  ],
  ['associative-lstm of two layers', () => make(associativeLstm, { size: 6, copies: 3, layers: 2 }), 'bits'],
  [
    'associative-lstm that writes what it sees',
    () => make(associativeLstm, { size: 10, recurrentUpdate: false }),
    'symbol',
  ],
  ['hopfield', () => make(hopfield, { size: 6, patterns: 7, width: 5 }), 'bits'],
  [
    'hopfield of three updates',
    () => make(hopfield, { size: 6, patterns: 4, width: 3, beta: 2, updates: 3 }),
    'symbol',
  ],
  ['titans, two layers', () => make(titans, { ...linear, layers: 2 }), 'bits'],
  ['titans, ttt', () => make(titans, { ...linear, memory: 'ttt' }), 'symbol'],
  [
    'titans, ttt that remembers and forgets',
    () =>
      make(titans, { ...linear, memory: 'ttt', momentum: 'learned', forgetting: 'learned', target: 'value' }),
    'bits',
  ],
  ['mesa, two layers', () => make(mesa, { ...linear, layers: 2 }), 'bits'],
  ['mesa, fewer steps than unknowns', () => make(mesa, { size: 10, heads: 2, steps: 3 }), 'symbol'],
  ['rwkv7, two layers', () => make(rwkv7, { ...linear, layers: 2 }), 'bits'],
  ['slstm of two layers', () => make(slstm, { size: 6, heads: 2, layers: 2 }), 'symbol'],
  ['slstm of wide heads', () => make(slstm, { size: 20, heads: 2, convolution: false }), 'bits'],
  ['mlstm of two layers', () => make(mlstm, { ...linear, layers: 2 }), 'bits'],
  ['mlstm without convolution', () => make(mlstm, { size: 6, heads: 3, convolution: false }), 'symbol'],
  ['gru of two layers', () => make(gru, { size: 6, layers: 2 }), 'symbol'],
  ['lstm of two layers', () => make(lstm, { size: 6, layers: 2 }), 'bits'],
  ['irnn', () => make(irnn, { size: 9 }), 'symbol'],
  ['dnc', () => make(dnc, small), 'bits'],
  [
    'dnc with several heads and every option',
    () =>
      make(dnc, {
        ...small,
        ...{ readHeads: 2, writeHeads: 3, controllerLayers: 2 },
        ...{ maskedContent: true, erasingDeallocation: true, linkSharpness: true },
      }),
    'symbol',
  ],
  ['mann that writes its keys', () => make(mann, { ...small, readHeads: 2 }), 'bits'],
  [
    'mann of a feed-forward controller that adds apart',
    () => make(mann, { ...small, readHeads: 3, controller: 'feed-forward', add: 'separate' }),
    'symbol',
  ],
  ['lstm that answers with values', () => make(lstm, { size: 6 }), 'value'],
  [
    'fast weights as a matrix',
    () => make(fastWeights, { size: 10, form: 'matrix', innerSteps: 2 }),
    'symbol',
  ],
  ['fast weights by attention', () => make(fastWeights, { size: 10, form: 'attention' }), 'bits'],
  [
    'fast weights without layer norm',
    () => make(fastWeights, { size: 6, layerNorm: false, rate: 0.1 }),
    'bits',
  ],
  ['ntm', () => make(ntm, small), 'bits'],
  ['ntm that writes first', () => make(ntm, { ...small, order: 'write-then-read' }), 'symbol'],
  [
    'ntm with several heads',
    () => make(ntm, { ...small, readHeads: 2, writeHeads: 3, shiftRange: 2 }),
    'bits',
  ],
  [
    'ntm, feed-forward',
    () => make(ntm, { ...small, controller: 'feed-forward', memoryStart: 'learned' }),
    'bits',
  ],
  ['ntm of three LSTM layers', () => make(ntm, { ...small, controllerLayers: 3 }), 'bits'],
  ['ntm, lru', () => make(ntm, { ...small, prominence: 'lru', memoryStart: 'random' }), 'bits'],
  ['ntm, dnc', () => make(ntm, { ...small, prominence: 'dnc', writeHeads: 2 }), 'symbol'],
  [
    'ntm, recall',
    () => make(ntm, { ...small, prominence: 'recall', addressStart: 'one-hot', memoryStart: 'random' }),
    'bits',
  ],
];

describe('a compiled cell', () => {
  it.each(cells)('%s: has the loss, logits and gradients of the eager one', (_, cell, loss) => {
    const before = tf.memory().numTensors;
    const subject = perturbed(cell());
    const withParams = tf.memory().numTensors;
    const program = compiled(subject, loss);
    expect(tf.memory().numTensors).toBe(withParams);
    for (const [length, batchSize] of [
      [1, 1],
      [7, 1],
      [1, 3],
      [7, 3],
      [2, 9],
    ] as const)
      expectAgreement(subject, program, { loss, batch: randomBatch(loss, length, batchSize) });
    program.dispose();
    expect(withParams).toBeGreaterThan(before);
  });

  it.each([
    { slots: 128, width: 20, controllerSize: 12 },
    { slots: 37, width: 22, controllerSize: 9, readHeads: 2 },
    { slots: 131, width: 9, controllerSize: 5, readHeads: 3, writeHeads: 2 },
  ])(
    'agrees on memories that are worked on in tiles of lines, and on what is left of them: %j',
    (settings) => {
      const subject = perturbed(make(ntm, settings));
      const program = compiled(subject, 'bits');
      expectAgreement(subject, program, { loss: 'bits', batch: randomBatch('bits', 3, 2) });
      program.dispose();
    },
  );

  it.each([
    ['lstm', () => make(lstm, { size: 6 })],
    ['gru', () => make(gru, { size: 6 })],
    ['ntm', () => make(ntm, small)],
    ['dnc', () => make(dnc, { ...small, writeHeads: 2 })],
    ['delta', () => make(delta, { ...linear, layers: 2 })],
    ['titans', () => make(titans, { ...linear, layers: 2 })],
    ['mesa', () => make(mesa, { ...linear, layers: 2 })],
    ['rwkv7', () => make(rwkv7, { ...linear, layers: 2 })],
    ['slstm', () => make(slstm, { size: 6, heads: 2, layers: 2 })],
    ['mlstm', () => make(mlstm, { ...linear, layers: 2 })],
    ['attention', () => make(attention, { size: 8, heads: 2, layers: 2 })],
    ['slots', () => make(slots, { ...linear, layers: 2, slots: 5, exploration: false, prominence: 'dnc' })],
    ['hopfield', () => make(hopfield, { size: 6, patterns: 7, width: 5 })],
    ['associative-lstm', () => make(associativeLstm, { size: 6, copies: 2 })],
  ] as const)('%s: agrees on sequences of different lengths, in whatever order they come', (_, cell) => {
    const subject = perturbed(cell());
    const program = compiled(subject, 'bits', { threads: 2 });
    const lengths = [
      [1, 7, 3, 7, 2, 5, 4, 1, 6],
      [7, 1, 1, 1, 1, 1, 1, 1, 1],
      [2, 2, 2, 2, 2, 2, 2, 2, 2],
      [7, 7, 7, 7, 7, 7, 7, 7, 7],
    ];
    for (const steps of lengths) {
      const plain = randomBatch('bits', 7, steps.length);
      const mask = plain.mask.map((value, i) =>
        Math.floor(i / steps.length) < steps[i % steps.length]! ? value : 0,
      );
      expectAgreement(subject, program, { loss: 'bits', batch: { ...plain, mask } });
    }
    program.dispose();
  });

  it('spends no step on what comes after a sequence', () => {
    const subject = perturbed(make(lstm, { size: 6 }));
    const program = compiled(subject, 'bits');
    const batch = randomBatch('bits', 20, 8);
    const mask = batch.mask.map((_, i) => (i % 8 === 5 || i < 16 ? 1 : 0));
    program.measure({ ...batch, mask });
    expect(program.training.layout.lengths).toEqual([2, 20]);
    expect(program.training.layout.order).toEqual([0, 1, 2, 3, 4, 6, 7, 5]);
    program.dispose();
  });

  it('agrees on batches that are cut into as many shards as there can be, on one thread and on two', () => {
    const subject = perturbed(make(irnn, { size: 5 }));
    for (const threads of [1, 2]) {
      const program = compiled(subject, 'bits', { threads });
      for (const size of [127, 150])
        expectAgreement(subject, program, { loss: 'bits', batch: randomBatch('bits', 3, size) });
      program.dispose();
    }
  });

  it('gives the same bits whatever the number of threads', () => {
    const subject = perturbed(make(ntm, small));
    const batch = randomBatch('bits', 5, 16);
    const [one, three] = [1, 3].map((threads) => compiled(subject, 'bits', { threads })) as [
      ReturnType<typeof compiled>,
      ReturnType<typeof compiled>,
    ];
    for (let step = 1; step <= 3; step++) {
      expect(three.measure(batch)).toEqual(one.measure(batch));
      expect(three.gradient).toEqual(one.gradient);
      for (const program of [one, three]) expect(program.update(step)).toBe(true);
    }
    expect(three.evaluate(batch)).toEqual(one.evaluate(batch));
    for (const program of [one, three]) program.dispose();
  });
});
