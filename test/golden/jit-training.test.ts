import { beforeAll, describe, expect, it } from 'vitest';
import { fastWeights } from '../../src/cells/fast-weights/fast-weights.ts';
import { model } from '../../src/cells/model.ts';
import { ntm } from '../../src/cells/ntm/ntm.ts';
import type { Batch, Cell, CellKind, Model, Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import { elements } from '../../src/core/shape.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves } from '../../src/core/tree.ts';
import { traceModel } from '../../src/jit/index.ts';
import { compiledEngine } from '../../src/train/compiled.ts';
import { optimizerSchema } from '../../src/train/config.ts';
import { eagerEngine } from '../../src/train/eager.ts';
import { rowLosses } from '../../src/train/loss.ts';
import { optimizer } from '../../src/train/optimizer.ts';
import { copy } from '../../tasks/copy.ts';
import {
  emptyGradient,
  type Interpreted,
  interpretedLoss,
  interpretedOptimizer,
} from '../support/interpreted.ts';
import { INPUTS, OUTPUTS, perturbed, randomBatch } from '../support/jit.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

const make = <C>(kind: CellKind<C>, settings: object, inputSize = INPUTS): Cell =>
  kind.create(kind.settings.parse(settings), { inputSize, maxLength: 12 });
const graves = () => optimizer(optimizerSchema.parse({ name: 'graves-rmsprop', rate: 1e-3 }));
const tiny = { slots: 4, width: 3, controllerSize: 5 };

/** Loss in nats and gradient norm of ten steps, as the eager engine gave them when this was written. */
const recorded: readonly [loss: number, gradientNorm: number][] = [
  [6.321887, 0.870409],
  [3.108074, 0.548972],
  [9.314501, 2.356483],
  [4.217328, 1.293154],
  [6.221826, 0.691013],
  [8.26069, 1.79705],
  [4.222497, 1.518067],
  [5.190098, 1.468436],
  [7.318297, 1.060889],
  [4.112031, 0.72996],
];

/** A model interpreted, with its first parameters. */
function interpreted(subject: Model, params: Tree): Interpreted {
  const graphs = traceModel(subject, params, (logits, answers) => rowLosses('bits', logits, answers));
  const values = leaves<tf.Tensor>(params).map(([path, leaf]) => [
    `params.${path}`,
    [Float64Array.from(leaf.dataSync())],
  ]);
  return { graphs, params: Object.fromEntries(values) };
}

describe('ten steps of a small Neural Turing Machine', () => {
  const subject = () =>
    model(make(ntm, tiny), { inputSize: INPUTS, outputSize: OUTPUTS }) as unknown as Model;
  const batchOf = (step: number): Batch => randomBatch('bits', 3 + (step % 3), 2, step);

  it.each([
    ['eager', eagerEngine],
    ['compiled', compiledEngine],
  ] as const)('%s: as recorded', (_, open) => {
    const engine = open({ model: subject(), loss: 'bits', optimizer: graves(), initRng: rng(1, 'init') });
    for (const [step, [loss, norm]] of recorded.entries()) {
      const found = engine.trainStep(batchOf(step));
      expect(found.lossNats).toBeCloseTo(loss, 4);
      expect(found.gradientNorm).toBeCloseTo(norm, 4);
    }
    engine.dispose();
  });

  it('interpreted in float64: as recorded', () => {
    const whole = subject();
    const start = interpreted(whole, whole.init(rng(1, 'init')));
    const { graphs } = start;
    const count = graphs.params.reduce((sum, { shape }) => sum + elements(shape), 0);
    const update = interpretedOptimizer(graves(), count);
    let flat = Float64Array.from(graphs.params.flatMap(({ name }) => [...start.params[name]![0]!]));
    for (const [step, [loss, norm]] of recorded.entries()) {
      const ends = graphs.params.map((_, i) =>
        graphs.params.slice(0, i + 1).reduce((sum, { shape }) => sum + elements(shape), 0),
      );
      const params = Object.fromEntries(
        graphs.params.map(({ name }, i) => [name, [flat.slice(ends[i - 1] ?? 0, ends[i])]]),
      );
      const gradient = emptyGradient(graphs);
      const found = interpretedLoss({ graphs, params }, batchOf(step), gradient);
      const vector = Float64Array.from(graphs.params.flatMap(({ name }) => [...gradient.get(name)!]));
      expect(found).toBeCloseTo(loss, 4);
      expect(Math.hypot(...vector)).toBeCloseTo(norm, 4);
      flat = Float64Array.from(update(flat, vector));
    }
  });
});

describe('gradients of whole sequences in float64', () => {
  const cells: [name: string, cell: () => Cell][] = [
    ['ntm', () => make(ntm, { ...tiny, writeHeads: 2 })],
    [
      'ntm that writes first, with prominence',
      () => make(ntm, { ...tiny, order: 'write-then-read', prominence: 'recall' }),
    ],
    ['fast weights', () => make(fastWeights, { size: 6, form: 'matrix' })],
  ];

  it.each(cells)('%s: equal finite differences of the interpreted loss', (_, cell) => {
    const { model: whole, params } = perturbed(cell());
    const subject = interpreted(whole, params);
    const batch = randomBatch('bits', 4, 2);
    const gradient = emptyGradient(subject.graphs);
    interpretedLoss(subject, batch, gradient);
    const width = 1e-5;
    for (const { name } of subject.graphs.params) {
      const values = subject.params[name]![0]!;
      for (let i = 0; i < values.length; i += Math.max(1, Math.floor(values.length / 3))) {
        const before = values[i]!;
        const at = (value: number) => {
          values[i] = value;
          return interpretedLoss(subject, batch);
        };
        const difference = (at(before + width) - at(before - width)) / (2 * width);
        values[i] = before;
        expect(gradient.get(name)![i]!, `${name}[${i}]`).toBeCloseTo(difference, 6);
      }
    }
  });
});

describe('training copy', () => {
  it('follows the same curve compiled and eager for 200 steps', () => {
    const settings = copy.settings.parse({ maxLength: 2, width: 3 });
    const { inputSize, outputSize } = copy.sizes(settings);
    const subject = () =>
      model(make(ntm, { slots: 6, width: 4, controllerSize: 8 }, inputSize), {
        inputSize,
        outputSize,
      }) as unknown as Model;
    const [eager, compiled] = [eagerEngine, compiledEngine].map((open) =>
      open({ model: subject(), loss: 'bits', optimizer: graves(), initRng: rng(3, 'init') }),
    ) as [ReturnType<typeof eagerEngine>, ReturnType<typeof eagerEngine>];
    const data = rng(3, 'data');
    for (let step = 0; step < 200; step++) {
      const batch = copy.sample(settings, data, 2);
      const [expected, found] = [eager.trainStep(batch), compiled.trainStep(batch)];
      expect(Math.abs(found.lossNats - expected.lossNats)).toBeLessThan(1e-3);
    }
    for (const engine of [eager, compiled]) engine.dispose();
  });
});
