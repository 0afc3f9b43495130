/** Our optimizers against PyTorch's, step by step; the values are written by pytorch/optimizers.py. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Transform } from '../../src/core/contracts.ts';
import * as tf from '../../src/core/tf.ts';
import { schedule } from '../../src/train/schedule.ts';
import { adam, rmsprop, sgd } from '../../src/train/transforms.ts';
import { follow } from '../unit/train/follow.ts';

interface Golden {
  readonly start: number[];
  readonly gradients: number[][];
  readonly cases: Record<string, number[][]>;
}

const golden: Golden = JSON.parse(readFileSync(new URL('expected/optimizers.json', import.meta.url), 'utf8'));
const rate = (value: number) => schedule({ rate: value });

const ours: Record<string, Transform> = {
  sgd: sgd(rate(0.05)),
  'sgd-momentum': sgd(rate(0.05), 0.9),
  rmsprop: rmsprop(rate(0.01), { decay: 0.9, epsilon: 1e-8 }),
  'rmsprop-momentum': rmsprop(rate(0.01), { decay: 0.95, epsilon: 1e-6, momentum: 0.9 }),
  adam: adam(rate(0.01)),
  'adam-betas': adam(rate(0.003), { beta1: 0.8, beta2: 0.9999, epsilon: 1e-5 }),
  adamw: adam(rate(0.01), { weightDecay: 0.1 }),
};

beforeAll(() => tf.setBackend('cpu'));

describe('optimizers equal PyTorch', () => {
  it('in every case that PyTorch wrote', () => {
    expect(Object.keys(ours).sort()).toEqual(Object.keys(golden.cases).sort());
  });

  it.each(Object.keys(golden.cases))('%s', (name) => {
    const trace = follow(ours[name]!, golden.start, golden.gradients);
    golden.cases[name]!.forEach((expected, step) => {
      expected.forEach((value, i) => {
        const error = Math.abs(trace[step]![i]! - value) / Math.max(1, Math.abs(value));
        expect(error, `step ${step + 1}, parameter ${i}`).toBeLessThan(2e-6);
      });
    });
  });
});
