/** Laws of the differentiable neural computer: Graves et al. 2016, Methods, says each of what it defines. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dnc } from '../../src/cells/dnc/dnc.ts';
import { allocations } from '../../src/cells/prominence/dnc.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { mapTree } from '../../src/core/tree.ts';
import { useBackend } from '../support/backends.ts';

useBackend('cpu');

/** Rounding of sums of float32. */
const ROUNDING = 1e-5;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

it('keeps allocation, weights, rows and columns of links within 1, and the diagonal at 0, whatever is learned', () => {
  const sizes = fc.record({
    slots: fc.integer({ min: 1, max: 7 }),
    readHeads: fc.integer({ min: 1, max: 3 }),
    writeHeads: fc.integer({ min: 1, max: 3 }),
    linkSharpness: fc.boolean(),
    maskedContent: fc.boolean(),
    erasingDeallocation: fc.boolean(),
  });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 1e6 }), (settings, seed) => {
      tf.tidy(() => {
        const cell = dnc.create(dnc.settings.parse({ ...settings, width: 3, controllerSize: 4 }), {
          inputSize: 2,
          maxLength: 8,
        });
        const stream = rng(seed, 'laws');
        const params = mapTree(cell.init(stream), (leaf: tf.Tensor) =>
          tf.tensor(
            [...leaf.dataSync()].map(() => 3 * stream.normal()),
            leaf.shape,
          ),
        );
        let state = cell.initialState(params, 1);
        for (let t = 0; t < 8; t++) {
          const step = cell.step(params, state, tf.tensor2d([[stream.normal(), stream.normal()]]));
          state = step.state;
          const { links, readWeights, writeWeights, usage } = step.probe!;
          for (const [link] of [links!.arraySync() as number[][][][]])
            for (const head of link!) {
              head.forEach((row, i) => {
                expect(row[i]).toBe(0);
                expect(sum(row)).toBeLessThanOrEqual(1 + ROUNDING);
                expect(sum(head.map((other) => other[i]!))).toBeLessThanOrEqual(1 + ROUNDING);
                for (const value of row) expect(value).toBeGreaterThanOrEqual(-ROUNDING);
              });
            }
          for (const weights of [readWeights!, writeWeights!])
            for (const row of (weights.arraySync() as number[][][])[0]!)
              expect(sum(row)).toBeLessThanOrEqual(1 + ROUNDING);
          for (const value of usage!.dataSync()) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1 + ROUNDING);
          }
        }
      });
    }),
    { numRuns: 25 },
  );
});

it('allocates at most 1 to each of several write heads, and the freest slot to the first', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(unit, { minLength: 2, maxLength: 9 }), unit, (usage, take) => {
      tf.tidy(() => {
        const given = tf.tensor2d([usage]);
        const [rows] = allocations(given, tf.fill([1, 3, 1], take)).arraySync() as [number[][]];
        for (const row of rows) expect(sum(row)).toBeLessThanOrEqual(1 + ROUNDING);
        const least = Math.min(...usage);
        const freest = rows[0]!.findIndex((_, i) => usage[i]! <= least + 1e-5);
        expect(rows[0]![freest]).toBeGreaterThanOrEqual(1 - least - 2e-5);
      });
    }),
  );
});
