/**
 * How much arithmetic a program does, counted from the program itself, and how much this engine could do: the yardstick
 * beside the benchmark's times. A multiplication and an addition are one operation each, and so is every elementary
 * function, though an exponential costs some twenty; loads, stores and copies count for nothing.
 */
import type { Action, Phase, Program, Step } from '../jit/program.ts';
import { Module } from '../jit/wasm/module.ts';
import { products } from '../jit/wasm/products.ts';

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** Operations of the entries, each run once on a batch of B sequences of T steps. */
export function operations(
  { phases, entries }: Pick<Program, 'phases' | 'entries'>,
  run: { readonly entries: readonly string[]; readonly batchSize: number; readonly length: number },
): number {
  const { batchSize, length } = run;
  const ofPhase = ({ over, rows, actions }: Phase): number => {
    const times = over === 'once' ? 1 : length;
    const count = { none: 1, batch: batchSize, all: length * batchSize }[rows];
    return times * count * actions.reduce((sum, action) => sum + ofAction(action), 0);
  };
  return run.entries
    .flatMap((name) => entries[name] ?? [])
    .reduce((sum, index) => sum + ofPhase(phases[index]!), 0);
}

/** Operations of an action for one row. */
function ofAction(action: Action): number {
  if (action.kind === 'product') return 2 * action.perRow * action.k * action.n;
  if (action.kind === 'region') return action.steps.reduce((sum, step) => sum + ofStep(step), 0);
  return 0;
}

function ofStep(step: Step): number {
  if (step.kind === 'nest') {
    const work = step.body.filter(
      (line) =>
        line.kind === 'apply' ||
        line.kind === 'reduce' ||
        ('add' in line && line.kind === 'store' && line.add),
    );
    return product(step.space) * work.length;
  }
  if (step.kind === 'cumulative') return product(step.outer) * step.length;
  if (step.kind === 'scatter') return step.outer * step.count * step.inner;
  return 0;
}

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
