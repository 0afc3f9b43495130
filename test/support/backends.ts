/** The backends that every machine has, and the one that a group of tests runs on. */
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, expect } from 'vitest';
import * as tf from '../../src/core/tf.ts';

/** `cpu` has every kernel; `wasm` has fewer, and a cell must do with those. */
export const backends = ['cpu', 'wasm'] as const;

/** Runs the tests of the group (or file) it is called in on one backend, and those after it on `cpu`. */
export function useBackend(name: (typeof backends)[number]): void {
  beforeAll(async () => {
    expect(await tf.setBackend(name)).toBe(true);
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
  });
}
