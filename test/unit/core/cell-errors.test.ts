/** A cell that fails is told by its own line, on both engines: here, lines of this file. */
import { beforeAll, describe, expect, it } from 'vitest';
import { model } from '../../../src/cells/model.ts';
import { callSite } from '../../../src/core/call-site.ts';
import { inCell } from '../../../src/core/cell-errors.ts';
import type { Cell } from '../../../src/core/contracts.ts';
import { uniformKernel } from '../../../src/core/init.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { compiledEngine } from '../../../src/train/compiled.ts';
import { eagerEngine } from '../../../src/train/eager.ts';
import { schedule } from '../../../src/train/schedule.ts';
import { sgd } from '../../../src/train/transforms.ts';
import { useBackend } from '../../support/backends.ts';

beforeAll(() => tf.setBackend('cpu'));

const SIZE = 4;
const zeros = (batchSize: number) => tf.zeros([batchSize, SIZE]) as tf.Tensor2D;

/** A cell whose hidden units go through `f`, which may do what it likes. */
const cellOf = (f: (h: tf.Tensor2D) => unknown, changed: Partial<Cell> = {}): Cell => ({
  name: 'own',
  inputSize: 3,
  outputSize: SIZE,
  init: (stream) => ({ kernel: uniformKernel(stream, 3, SIZE) }),
  initialState: (_, batchSize) => ({ h: zeros(batchSize) }),
  step(params, _, input) {
    const h = f(tf.matMul(input, (params as { kernel: tf.Tensor2D }).kernel)) as tf.Tensor2D;
    return { output: h, state: { h } };
  },
  ...changed,
});

const batch = {
  length: 2,
  batchSize: 2,
  inputSize: 3,
  outputSize: 1,
  inputs: Float32Array.from({ length: 12 }, (_, i) => i / 12),
  targets: new Float32Array(4),
  mask: new Float32Array(4).fill(1),
};

const engines = { compiled: compiledEngine, eager: eagerEngine };

/** The one line that a user reads. */
function refusal(open: (typeof engines)['eager'], cell: Cell): string {
  const before = tf.memory().numTensors;
  try {
    open({
      model: model(cell, { inputSize: 3, outputSize: 1 }) as never,
      loss: 'bits',
      optimizer: sgd(schedule({ rate: 1 })),
      initRng: rng(1, 'init'),
    }).trainStep(batch);
  } catch (error) {
    expect(error).toHaveProperty('exitCode');
    expect(tf.getBackend()).toBe('cpu');
    return (error as Error).message;
  }
  return `nothing was refused, ${tf.memory().numTensors - before} tensors more`;
}

const here = /^test\/unit\/core\/cell-errors\.test\.ts:\d+: /;

describe('on a backend with fewer kernels', () => {
  useBackend('wasm');

  it('an operation that it lacks is told by the line, with the way out', () => {
    const fail = () => inCell('step', () => tf.complex([1], [2]));
    expect(fail).toThrow(
      /^test\/unit\/core\/cell-errors\.test\.ts:\d+: expected an operation that backend wasm has, got Complex; write it with others, or try --backend cpu$/,
    );
  });
});

describe.each(Object.entries(engines))('on the %s engine', (_, open) => {
  it('shapes that do not fit are told by the line', () => {
    const message = refusal(
      open,
      cellOf((h) => tf.matMul(h, tf.ones([3, 3]))),
    );
    expect(message).toMatch(here);
    expect(message).toMatch(/got "Error in matMul: inner shapes \(4\) and \(3\) .*"; mend that line$/);
    expect(message).not.toMatch(/\n/);
  });

  it('an operation without a gradient is told by the line that has it, with the way out', () => {
    const message = refusal(
      open,
      cellOf((h) => tf.reshape(tf.image.flipLeftRight(tf.reshape(h, [-1, 1, SIZE, 1])), [-1, SIZE])),
    );
    expect(message).toMatch(here);
    expect(message).toMatch(
      /: FlipLeftRight: expected (an operation with a gradient|a kernel the compiler knows), got .*; write it/,
    );
  });

  it('an error of the language is told by the line', () => {
    const message = refusal(
      open,
      cellOf((h) => (undefined as unknown as { add(x: unknown): tf.Tensor2D }).add(h)),
    );
    expect(message).toMatch(here);
    expect(message).toMatch(/got "TypeError: Cannot read properties of undefined/);
  });

  it('numbers that no seed reaches are told by the line', () => {
    expect(
      refusal(
        open,
        cellOf((h) => tf.mul(h, tf.randomNormal(h.shape))),
      ),
    ).toMatch(/^test.*:\d+: randomNormal: expected numbers of the run's seed/);
  });

  it('an output of another size is told', () => {
    expect(
      refusal(
        open,
        cellOf((h) => tf.concat([h, h], 1)),
      ),
    ).toMatch(/^step: expected an output of \[\d+,4\], examples and outputSize, got \[\d+,8\]; mend/);
  });

  it('a step without a state is told', () => {
    const cell = cellOf(() => undefined, { step: (() => undefined) as never });
    expect(refusal(open, cell)).toBe('step: expected { output, state }, got undefined; return both');
  });

  it('parameters that are no tensors are told', () => {
    const cell = cellOf((h) => h, { init: (() => ({ kernel: 7 })) as never });
    expect(refusal(open, cell)).toMatch(/expected tensors as parameters, got 7 for cell\.kernel; give/);
  });
});

it('what mixes examples is told by the line, forward and backward', () => {
  const mixing = (f: (h: tf.Tensor2D) => tf.Tensor) => refusal(compiledEngine, cellOf(f));
  expect(mixing((h) => tf.sub(h, tf.mean(h, 0, true)))).toMatch(
    /^test.*ts:\d+: \w+ of \[\d+,4\].*: expected an operation that treats every example alike, got one that/,
  );
});

describe('the line of a stack', () => {
  const stack = (...frames: string[]) => `Error: x\n${frames.map((frame) => `    at ${frame}`).join('\n')}`;
  const ours = new URL('../../../src/', import.meta.url).pathname;

  it('is the first outside the library, not of TensorFlow.js', () => {
    expect(
      callSite(
        stack(
          'matMul_ (/x/node_modules/@tensorflow/tfjs-core/dist/ops/mat_mul.js:10:5)',
          `einsum (file://${ours}core/tensorflow/einsum.ts:3:1)`,
          'Object.step (file:///home/me/my-cell.ts:12:7)',
          `file://${ours}train/unroll.ts:40:3`,
          '/home/me/run.mjs:1:1',
        ),
      ),
    ).toBe('/home/me/my-cell.ts:12');
  });

  it('is of a cell of the library where none is outside', () => {
    expect(
      callSite(
        stack(
          `lstmStep (${ours}cells/lstm.ts:5:3)`,
          `Object.step (${ours}cells/ntm/ntm.ts:9:2)`,
          `${ours}train/unroll.ts:1:1`,
        ),
      ),
    ).toMatch(/src\/cells\/lstm\.ts:5$/);
  });

  it('is none where what called the cell threw', () => {
    expect(
      callSite(stack(`checkLength (${ours}train/unroll.ts:9:9)`, '/home/me/run.mjs:1:1')),
    ).toBeUndefined();
  });
});
