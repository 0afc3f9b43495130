/** Laws of RWKV-7: which simpler memories it is where its rates are 0 or 1. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { rwkv7 } from '../../src/cells/rwkv7/rwkv7.ts';
import type { Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { mapTree } from '../../src/core/tree.ts';
import { relativeError } from '../support/gradient-check.ts';
import { expectNoLeak } from '../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const N = 3;
const heads = 2;
const settings = { size: heads * N, heads, decayRank: 2, rateRank: 2, gateRank: 2 };
const cell = rwkv7.create(rwkv7.settings.parse(settings), { inputSize: 3, maxLength: 9 });

/** What one head shows at one step, row-major. */
type Shown = Readonly<Record<string, number[]>>;

/** What every head shows over a few steps of random inputs; parameters whose paths end so are set to one number. */
function shownBy(seed: number, fixed: Readonly<Record<string, number>>): Shown[][] {
  const stream = rng(seed, 'rwkv7');
  const params = mapTree(cell.init(stream) as never, (leaf: tf.Tensor, path) => {
    const set = Object.entries(fixed).find(([name]) => path.endsWith(name));
    if (set) return tf.fill(leaf.shape, set[1]);
    return tf.tensor(
      leaf.dataSync().map((value) => value + 0.5 * stream.normal()),
      leaf.shape,
    );
  }) as Tree;
  let state = cell.initialState(params, 1);
  const steps = Array.from({ length: 6 }, () => {
    const step = cell.step(params, state, tf.tensor2d([[stream.normal(), stream.normal(), stream.normal()]]));
    state = step.state;
    return Object.entries(step.probe!).map(([name, tensor]) => [name, [...tensor.dataSync()]] as const);
  });
  return Array.from({ length: heads }, (_, h) =>
    steps.map((probe) => {
      const own = (values: readonly number[]) => {
        const size = values.length / heads;
        return values.slice(h * size, (h + 1) * size);
      };
      return Object.fromEntries(probe.map(([name, values]) => [name, own(values)]));
    }),
  );
}

/** Runs a property of every head without a leak. */
function check(fixed: Readonly<Record<string, number>>, law: (steps: Shown[]) => void): void {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
      expectNoLeak(() => tf.tidy(() => shownBy(seed, fixed).forEach(law)));
    }),
    { numRuns: 30 },
  );
}

it('with rates a = 0 is linear attention whose keys fade by all decays since', () => {
  check({ 'rate.bias': -100, 'rate.up': 0 }, (steps) => {
    const expected = Array<number>(N * N).fill(0);
    steps.forEach(({ key, value }, i) => {
      const faded = steps.slice(i + 1).reduce((k, { decay }) => k.map((x, c) => x * decay![c]!), key!);
      value!.forEach((v, row) => {
        faded.forEach((k, column) => {
          expected[row * N + column]! += v * k;
        });
      });
    });
    expect(relativeError(steps.at(-1)!.memory!, expected)).toBeLessThan(1e-5);
  });
});

it('with rates a = 1 and no decay answers to a key just written with its value alone, as the delta rule does', () => {
  // k_k = 1: what is taken back lies along what is written.
  check({ 'rate.bias': 100, 'rate.up': 0, 'decay.bias': -100, 'decay.up': 0, removal: 1 }, (steps) => {
    for (const { memory, key, value } of steps) {
      const squared = key!.reduce((sum, x) => sum + x * x, 0);
      const found = value!.map((_, row) =>
        key!.reduce((sum, x, column) => sum + memory![row * N + column]! * x, 0),
      );
      // Lengths are taken of k² + 1e-6.
      expect(squared).toBeGreaterThan(0);
      const slack = 1e-4 + 1e-5 / squared;
      expect(
        relativeError(
          found,
          value!.map((v) => v * squared),
        ),
      ).toBeLessThan(slack);
    }
  });
});
