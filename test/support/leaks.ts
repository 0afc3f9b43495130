/** Tensor leaks: what every test of tensor code asserts. */
import { expect } from 'vitest';
import * as tf from '../../src/core/tf.ts';

/** Runs `f`, which must dispose of what it makes, and asserts that as many tensors live after it as before. */
export function expectNoLeak(f: () => void): void {
  const before = tf.memory().numTensors;
  f();
  expect(tf.memory().numTensors, 'live tensors').toBe(before);
}
