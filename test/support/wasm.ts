/** Loading of small WebAssembly modules in tests. */
import { setFlagsFromString } from 'node:v8';
import { element } from '../../src/jit/codegen/elements.ts';
import { packings } from '../../src/jit/codegen/matmul/packing.ts';
import { panelSums } from '../../src/jit/codegen/matmul/panel-sums.ts';
import { type ProductShape, products } from '../../src/jit/codegen/matmul/products.ts';
import type { ElementFunction } from '../../src/jit/ir/functions.ts';
import { panelFloats, workspaceFloats } from '../../src/jit/schedule/pack.ts';
import type { Code } from '../../src/jit/wasm/assembler.ts';
import { Module } from '../../src/jit/wasm/module.ts';
import { vectors } from '../../src/jit/wasm/vectors.ts';

// Node 20 has the instructions behind a flag; later versions ignore it.
setFlagsFromString('--experimental-wasm-relaxed-simd');

/** A module's exported functions over a memory of these many 64 KiB pages. */
export function load(module: Module, memory: WebAssembly.Memory) {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  return instance.exports as Record<string, (...args: number[]) => number>;
}

/** Pushes the address of argument `a` plus byte offset `i`. */
function pushAddress(code: Code, a: number, offset: { index: number; type: 'i' }): void {
  code.get(code.params[a]!);
  code.get(offset);
  code.op.i32.add();
}

/** f(inputs...) over arrays, four elements at a time, by the code a program would use. */
export function elementwise(name: ElementFunction, relaxed: boolean) {
  const pages = 64;
  const limits = { initial: pages, maximum: pages, shared: false };
  const memory = new WebAssembly.Memory(limits);
  const module = new Module(limits);
  const params = ['i', 'i', 'i', 'i', 'i'] as const;
  module.function({ name: 'run', params, exported: true }, (code) => {
    const v = vectors(code, relaxed);
    const at = code.local('i') as { index: number; type: 'i' };
    const arity = { select: 3 }[name as string] ?? (binaryNames.has(name) ? 2 : 1);
    const loads = Array.from({ length: arity }, (_, a) => () => {
      pushAddress(code, a, at);
      code.op.v128.load();
    });
    code.loop((again) => {
      pushAddress(code, 3, at);
      element(v, name, loads)();
      code.op.v128.store();
      code.get(at);
      code.op.i32.const(16);
      code.op.i32.add();
      code.tee(at);
      code.get(code.params[4]!);
      code.op.i32.lt_u();
      code.brIf(again);
    });
  });
  const { run } = load(module, memory);
  return (...inputs: Float32Array[]): Float32Array => {
    const length = inputs[0]!.length;
    const stride = Math.ceil(length / 4) * 16;
    const at = (k: number) => 16 + k * stride;
    inputs.forEach((input, k) => {
      new Float32Array(memory.buffer, at(k), length).set(input);
    });
    run!(at(0), at(1), at(2), at(3), stride);
    return new Float32Array(memory.buffer, at(3), length).slice();
  };
}

const binaryNames: ReadonlySet<ElementFunction> = new Set<ElementFunction>([
  'add',
  'subtract',
  'multiply',
  'divide',
  'maximum',
  'minimum',
  'power',
  'remainder',
  'less',
  'lessEqual',
  'equal',
  'notEqual',
  'and',
  'or',
]);

/** A product's matrices and how many rows A has. */
interface Given {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly c: Float32Array;
  readonly rows: number;
}

/**
 * C after a product; the slack behind C is what the code may read and must not write.
 * @param panels whether it works on panels, which are made before or as it runs
 */
export function runProduct(
  shape: ProductShape,
  relaxed: boolean,
  given: Given,
  panels = false,
): Float32Array {
  const { run, views } = productFunction(shape, relaxed, given, panels);
  views.c.set(given.c);
  run(given.rows);
  for (const slack of views.slack)
    if (slack.some((value) => value !== slackValue))
      throw new Error('the product wrote beyond its output or its panels');
  return views.c.slice();
}

const slackValue = 12345;

/** A product's function with its matrices in memory, for calling again and again. */
export function productFunction(
  shape: ProductShape,
  relaxed: boolean,
  { a, b, c }: Omit<Given, 'rows'>,
  panels = false,
) {
  const slack = 16;
  // Each matrix begins at a cache line.
  const lines = (floats: number) => Math.ceil((floats + slack) / 16) * 16;
  const turned = shape.form === 'nt' ? shape.k : undefined;
  const workspace = !panels ? 0 : shape.form === 'tn' ? workspaceFloats(shape) : panelFloats(shape);
  const startB = 16 + lines(a.length);
  const startC = startB + lines(b.length);
  const startWorkspace = startC + lines(c.length);
  const pages = Math.ceil((4 * (startWorkspace + lines(workspace))) / 65536);
  const limits = { initial: pages, maximum: pages, shared: false };
  const memory = new WebAssembly.Memory(limits);
  const module = new Module(limits);
  const packing = packings(module);
  const pack = packing({ n: shape.n, stride: shape.rightStride, width: 2, ...(turned ? { turned } : {}) });
  const sums = panels && shape.form === 'tn';
  const callee = sums
    ? panelSums(module, relaxed, packing)(shape)
    : products(module, relaxed)(panels ? { ...shape, form: 'nn', packed: true } : shape);
  module.function({ name: 'run', params: ['i'], exported: true }, (code) => {
    const push = (...numbers: number[]) => {
      for (const value of numbers) code.op.i32.const(value);
    };
    if (panels && !sums) {
      push(4 * startB, 4 * startWorkspace, shape.k);
      code.call(pack);
    }
    push(64, 4 * (panels && !sums ? startWorkspace : startB), 4 * startC);
    code.get(code.params[0]!);
    if (sums) push(4 * startWorkspace);
    code.call(callee);
  });
  const floats = new Float32Array(memory.buffer);
  floats.set(a, 16);
  floats.set(b, startB);
  const behind = (start: number, length: number) => floats.subarray(start + length, start + length + slack);
  const views = {
    c: floats.subarray(startC, startC + c.length),
    slack: [behind(startC, c.length), behind(startWorkspace, workspace)],
  };
  for (const view of views.slack) view.fill(slackValue);
  return { run: load(module, memory).run! as (rows: number) => void, views };
}
