import { beforeAll, describe, expect, it } from 'vitest';
import { fastWeights } from '../../../../src/cells/fast-weights/fast-weights.ts';
import { lstm } from '../../../../src/cells/lstm.ts';
import { ntm } from '../../../../src/cells/ntm/ntm.ts';
import type { Batch, Cell, CellKind } from '../../../../src/core/contracts.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { leaves } from '../../../../src/core/tree.ts';
import { evaluationProgram, trainingProgram } from '../../../../src/jit/compile.ts';
import { traceModel } from '../../../../src/jit/frontend/model.ts';
import { printProgram } from '../../../../src/jit/index.ts';
import { CompiledModel } from '../../../../src/jit/runtime/compiled-model.ts';
import type { Action, Program } from '../../../../src/jit/schedule/program.ts';
import { rowLosses } from '../../../../src/train/loss.ts';
import { schedule } from '../../../../src/train/schedule.ts';
import { sgd } from '../../../../src/train/transforms.ts';
import { machine, run } from '../../../support/execute.ts';
import {
  compiled,
  expectAgreement,
  expectClose,
  INPUTS,
  perturbed,
  randomBatch,
} from '../../../support/jit.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

const cellOf = <C>(kind: CellKind<C>, settings: object): Cell =>
  kind.create(kind.settings.parse(settings), { inputSize: INPUTS, maxLength: 7 });

const small = () => cellOf(lstm, { size: 6 });
/** Its kernel of [133, 512] is one of the smallest matrices that are large. */
const large = () => cellOf(lstm, { size: 128 });

/** @param panelFloats how large a matrix is that products read in panels, if not as usual */
function planned(cell: Cell, panelFloats?: number) {
  const subject = perturbed(cell);
  const graphs = traceModel(subject.model, subject.params, (logits, answers) =>
    rowLosses('bits', logits, answers),
  );
  return {
    subject,
    graphs,
    program: trainingProgram(
      graphs,
      sgd(schedule({ rate: 1 })),
      panelFloats === undefined ? {} : { panelFloats },
    ),
  };
}

const actions = ({ phases }: Program): Action[] => phases.flatMap((phase) => phase.actions);
const products = (program: Program) => actions(program).filter((action) => action.kind === 'product');
const packs = (program: Program) => actions(program).filter((action) => action.kind === 'pack');

describe('panels', () => {
  it('are for large matrices only', () => {
    const { program } = planned(small());
    expect(packs(program)).toEqual([]);
    expect(products(program).some(({ panels, workspace }) => panels || workspace)).toBe(false);
  });

  it('are made once of each form of a matrix, after the prologue', () => {
    const { program: every } = planned(small(), 1);
    // The kernel [5 + 6, 24] as it is and transposed, and the readout's [6, 3] likewise.
    expect(packs(every).map(({ k, n, transposed }) => [k, n, transposed])).toEqual([
      [11, 24, false],
      [6, 3, false],
      [3, 6, true],
      [24, 11, true],
    ]);
    const last = every.phases[every.entries.prologue!.at(-1)!]!;
    expect([last.name, last.scope]).toEqual(['panels', 'program']);
    for (const product of products(every)) expect(product.panels ?? product.workspace).toBeDefined();
    expect(every.buffers.find(({ name }) => name === 'workspace')!.size).toBe(128 * (12 + 24));
    const { params } = every.ports;
    expect(packs(every)[0]!.from.buffer).toEqual(params!.place.buffer);
  });

  it('print as what they are', () => {
    const text = printProgram(planned(small(), 1).program);
    expect(text).toMatch(
      /^ {2}forward\.record = step\.operand\S+ x params, or panels0 in panels, k 11, n 24$/m,
    );
    expect(text).toMatch(/^ {2}gradient\.shard \+= .*, by panels, k 11, n 24$/m);
    expect(text).toMatch(/^panels: once$/m);
    expect(text).toMatch(/^ {2}panels0 = panels of params$/m);
    expect(text).toMatch(/^ {2}panels3 = panels of params'$/m);
  });

  it.each([1, 2, 3, 9])('mean the same to plain loops, for %i rows', (batchSize) => {
    const batch = randomBatch('bits', 4, batchSize);
    const [plain, panels] = [undefined, 1].map((least) => gradientOf(planned(small(), least).program, batch));
    expect(panels).toEqual(plain);
  });

  it.each([
    ['an lstm', () => cellOf(lstm, { size: 6, layers: 2 })],
    ['an ntm', () => cellOf(ntm, { slots: 6, width: 5, controllerSize: 7, readHeads: 2 })],
    ['fast weights', () => cellOf(fastWeights, { size: 10, form: 'matrix', innerSteps: 2 })],
  ] as const)('give the same as eager when forced on all products of %s', (_, cell) => {
    const { subject, graphs, program } = planned(cell(), 1);
    const programs = {
      training: program,
      evaluation: (probes: boolean) => evaluationProgram(graphs, probes),
    };
    const model = new CompiledModel(graphs, programs, { relaxed: false, threads: 1 });
    model.params = Float32Array.from(
      leaves<tf.Tensor>(subject.params).flatMap(([, leaf]) => [...leaf.dataSync()]),
    );
    for (const batchSize of [1, 2, 3, 9])
      expectAgreement(subject, model, { loss: 'bits', batch: randomBatch('bits', 7, batchSize) });
    model.dispose();
  });

  it('give the same as eager where they are chosen, in training and evaluation', () => {
    const subject = perturbed(large());
    const model = compiled(subject, 'bits');
    expect(packs(model.training.program).map(({ k, n }) => [k, n])).toEqual([
      [133, 512],
      [512, 133],
    ]);
    for (const [length, batchSize] of [
      [3, 1],
      [3, 5],
      [2, 1],
    ] as const)
      expectAgreement(subject, model, { loss: 'bits', batch: randomBatch('bits', length, batchSize) });
    model.dispose();
  });

  it('give the same bits whatever the number of threads', () => {
    const subject = perturbed(large());
    const batch = randomBatch('bits', 3, 16);
    const [one, two] = [1, 2].map((threads) => {
      const model = compiled(subject, 'bits', { threads });
      const found = [model.measure(batch), model.gradient, model.evaluate(batch).logits];
      model.dispose();
      return found;
    });
    expect(two).toEqual(one);
  });

  it('evaluates in pieces of which the last is a single row as it does whole', () => {
    const subject = perturbed(large());
    const model = compiled(subject, 'bits');
    // So long that two sequences are all that a piece holds; what comes first is enough to compare.
    const whole = randomBatch('bits', 22_000, 3);
    const all = model.evaluate(whole).logits;
    for (const row of [1, 2]) {
      const inputs = rowOf({ ...whole, length: 20 }, row);
      const alone = model.evaluate({ ...randomBatch('bits', 20, 1), inputs }).logits;
      const found = alone.map((_, i) => all[(Math.floor(i / 3) * 3 + row) * 3 + (i % 3)]!);
      expectClose(found, alone, { tolerance: 1e-4, name: 'logits' });
    }
    model.dispose();
  });
});

/** The inputs of one sequence of a batch. */
function rowOf({ inputs, inputSize, batchSize, length }: Batch, row: number): Float32Array {
  return Float32Array.from({ length: length * inputSize }, (_, i) => {
    const time = Math.floor(i / inputSize);
    return inputs[(time * batchSize + row) * inputSize + (i % inputSize)]!;
  });
}

/** The gradient of a batch by plain loops in float64. */
function gradientOf(program: Program, batch: Batch): Float64Array {
  const rows = batch.batchSize < 4 ? [batch.batchSize] : [4, batch.batchSize - 4];
  const on = machine(program, batch.length, rows);
  const stream = rng(3, 'params');
  const fixed = (port: string) => on.shards[0]!.memory[program.ports[port]!.place.buffer.name]!;
  const params = fixed('params');
  for (let i = 0; i < params.length; i++) params[i] = stream.normal();
  fixed('scale')[program.ports.scale!.place.offset] = 1;
  for (const [port, values] of [
    ['input', batch.inputs],
    ['target', batch.targets],
    ['mask', batch.mask],
  ] as const) {
    const { place, shape } = program.ports[port]!;
    const width = shape.reduce((product, size) => product * size, 1);
    on.shards.forEach(({ memory, rows: count }, shard) => {
      const first = rows.slice(0, shard).reduce((sum, size) => sum + size, 0);
      for (let time = 0; time < batch.length; time++)
        for (let row = 0; row < count; row++) {
          const from = (time * batch.batchSize + first + row) * width;
          const at = (time * count + row) * place.buffer.size;
          memory[place.buffer.name]!.set(values.subarray(from, from + width), at);
        }
    });
  }
  for (const entry of ['prologue', 'shard', 'reduceShards']) run(on, entry);
  return fixed('gradient');
}
