/** What this engine could do: the yardstick beside the arithmetic that a compiled step does a second. */

import { products } from '../jit/codegen/matmul/products.ts';
import { Module } from '../jit/wasm/module.ts';

const side = 128;
const measureMs = 200;

/**
 * What a plain loop of matrix products, 128 x 128 x 128 in the first-level cache, reaches on one thread, in GFLOP/s: the
 * best of many tries, since it is a limit that is asked for.
 */
export function peakGflops(relaxed: boolean): number {
  const bytes = 4 * side * side;
  const limits = { initial: 4, maximum: 4, shared: false };
  const memory = new WebAssembly.Memory(limits);
  const module = new Module(limits);
  const multiply = products(
    module,
    relaxed,
  )({
    form: 'nn',
    k: side,
    n: side,
    leftStride: side,
    rightStride: side,
    outputStride: side,
    add: false,
  });
  module.function({ name: 'run', exported: true }, (code) => {
    for (let matrix = 0; matrix < 3; matrix++) code.op.i32.const(matrix * bytes);
    code.op.i32.const(side);
    code.call(multiply);
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  const run = instance.exports.run as () => void;
  const floats = new Float32Array(memory.buffer, 0, 2 * side * side);
  floats.forEach((_, i) => {
    floats[i] = (i % 7) / 7;
  });
  return (2 * side ** 3) / (bestMs(run) * 1e6);
}

function bestMs(run: () => void): number {
  const end = performance.now() + measureMs;
  let best = Number.POSITIVE_INFINITY;
  while (performance.now() < end) {
    const start = performance.now();
    for (let i = 0; i < 10; i++) run();
    best = Math.min(best, (performance.now() - start) / 10);
  }
  return best;
}
