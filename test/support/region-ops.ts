/** A region's operations run on their own, by WebAssembly and by the definition. */
import './wasm.ts';
import { expect } from 'vitest';
import { Runtime } from '../../src/jit/runtime/runtime.ts';
import { type Program, placeIn, type RegionOp } from '../../src/jit/schedule/program.ts';
import { machine, run } from './execute.ts';

/** Rows of the batch, and floats of each in the two buffers. */
export const rows = 3;
export const inputSize = 4096;
export const outputSize = 8192;

const buffers = [
  { name: 'input', kind: 'rows', slots: 'one', size: inputSize },
  { name: 'output', kind: 'rows', slots: 'one', size: outputSize },
] as const;

/** A place in the input, which is 0, or in the output, which is 1. */
export const at = (buffer: 0 | 1, offset: number) => placeIn(buffers[buffer], offset);

/** Operations on the records of two buffers, one to read and one to write. */
function program(ops: readonly RegionOp[]): Program {
  return {
    buffers,
    phases: [
      {
        name: 'only',
        over: 'once',
        rows: 'batch',
        scope: 'shard',
        actions: [{ kind: 'region', name: 'region', ops }],
      },
    ],
    entries: { only: [0] },
    constants: [],
    ports: {
      input: { place: at(0, 0), shape: [inputSize] },
      output: { place: at(1, 0), shape: [outputSize] },
    },
  };
}

/** Numbers of size about 1; never 0. */
export const numbers = (count: number, seed: number) =>
  Float32Array.from(
    { length: count },
    (_, i) => (((Math.imul(i + seed, 2654435761) >>> 12) % 31) - 15.5) / 16,
  );

/** The output records by WebAssembly and by the definition, from the same start. */
export function both(
  ops: readonly RegionOp[],
  { relaxed = false, input = numbers(rows * inputSize, 1) }: { relaxed?: boolean; input?: Float32Array } = {},
) {
  const made = program(ops);
  const output = numbers(rows * outputSize, 100);
  const runtime = new Runtime(made, { relaxed, threads: 1 });
  runtime.prepare(rows, 1);
  runtime.writeRows('input', input);
  runtime.writeRows('output', output);
  runtime.runShards('only');
  const defined = machine(made, 1, [rows]);
  defined.shards[0]!.memory.input!.set(input);
  defined.shards[0]!.memory.output!.set(output);
  run(defined, 'only');
  return { found: runtime.readRows('output'), wanted: defined.shards[0]!.memory.output! };
}

/** Fails where the two are further apart than rounding explains. */
export function expectSame({ found, wanted }: { found: Float32Array; wanted: Float64Array }): void {
  // Of what float32 cannot hold nothing is claimed.
  const close = (value: number, right: number) =>
    !(Math.abs(right) < 1e36) || Math.abs(value - right) <= 2e-4 * Math.max(1, Math.abs(right));
  const wrong = found.findIndex((value, i) => !close(value, wanted[i]!));
  const where = `element ${wrong % outputSize} of row ${Math.floor(wrong / outputSize)}`;
  expect(wrong, `${where}: ${found[wrong]} for ${wanted[wrong]}`).toBe(-1);
}
