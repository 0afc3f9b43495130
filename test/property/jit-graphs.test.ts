import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passes } from '../../src/jit/compile.ts';
import type { Values } from '../../src/jit/ir/interpret.ts';
import { verify } from '../../src/jit/ir/verify.ts';
import { runPasses } from '../../src/jit/pass.ts';
import { Runtime } from '../../src/jit/runtime/runtime.ts';
import { machine, run } from '../support/execute.ts';
import { meaningOf, programOf, randomGraph, randomInputs } from '../support/random-graph.ts';

const seeds = fc.record({ graph: fc.nat(1e6), inputs: fc.nat(1e6), size: fc.integer({ min: 3, max: 40 }) });
const ROWS = 3;

/** Asserts that two results agree; a difference at a jump (a comparison, a sort) is left to other tests. */
function expectSame(found: Values, expected: Values, tolerance: number, what: string): void {
  expected.forEach((values, example) => {
    values.forEach((value, i) => {
      const got = found[example]![i]!;
      if (!(Math.abs(got - value) <= tolerance * (1 + Math.abs(value))))
        expect.fail(`${what} example ${example} [${i}]: expected ${value}, got ${got}`);
    });
  });
}

describe('random graphs', () => {
  it('mean the same after each pass', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        let graph = randomGraph(seed.graph, seed.size);
        verify(graph);
        const inputs = randomInputs(seed.inputs, ROWS);
        const expected = meaningOf(graph, inputs, ROWS);
        for (const pass of passes) {
          graph = runPasses([pass], graph, { graph: 'random' });
          const found = meaningOf(graph, inputs, ROWS);
          for (const name of Object.keys(expected))
            expectSame(found[name]!, expected[name]!, 1e-6, `${name} after ${pass.name}`);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('mean the same as loop nests, run by plain loops', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const graph = randomGraph(seed.graph, seed.size);
        const program = programOf(graph);
        const inputs = randomInputs(seed.inputs, ROWS);
        const on = machine(program, 1, [ROWS]);
        const { memory } = on.shards[0]!;
        for (const [name, values] of Object.entries(inputs)) {
          const port = program.ports[name];
          if (!port) continue;
          const { size } = port.place.buffer;
          for (const [row, array] of values.entries())
            memory[port.place.buffer.name]!.set(array, port.place.offset + row * size);
        }
        run(on, 'prologue');
        run(on, 'rows');
        const expected = meaningOf(graph, inputs, ROWS);
        for (const [name, values] of Object.entries(expected)) {
          const { buffer } = program.ports[name]!.place;
          const { size } = buffer;
          const found = values.map((array, row) =>
            memory[buffer.name]!.subarray(row * size, row * size + array.length),
          );
          expectSame(found, values, 1e-6, name);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('mean the same as WebAssembly', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const graph = randomGraph(seed.graph, seed.size);
        const runtime = new Runtime(programOf(graph), { relaxed: false, threads: 1 });
        const inputs = randomInputs(seed.inputs, ROWS);
        runtime.prepare(ROWS, 1);
        const flat = (values: Values) => Float32Array.from(values.flatMap((array) => [...array]));
        for (const [name, values] of Object.entries(inputs)) {
          if (!runtime.program.ports[name]) continue;
          if (values.length === 1) runtime.fixed(name).set(values[0]!);
          else runtime.writeRows(name, flat(values));
        }
        runtime.run('prologue');
        runtime.runShards('rows');
        const expected = meaningOf(graph, inputs, ROWS);
        // Float32 may fall on the other side of a jump; such graphs show as a few large differences and are rare.
        for (const [name, values] of Object.entries(expected)) {
          const rows = runtime.readRows(name);
          const length = values[0]!.length;
          const found = values.map((_, row) =>
            Float64Array.from(rows.subarray(row * length, (row + 1) * length)),
          );
          expectSame(found, values, 2e-3, name);
        }
        runtime.dispose();
      }),
      { numRuns: 150 },
    );
  });
});
