/** Laws of Titans: its gradient is taken of the memory before it is forgotten, and where that is a delta rule. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { titans } from '../../src/cells/titans/titans.ts';
import type { Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { mapTree } from '../../src/core/tree.ts';
import { relativeError } from '../support/gradient-check.ts';
import { expectNoLeak } from '../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const d = 3;

/** What one head shows at one step, and what it holds after it, row-major. */
type Shown = Readonly<Record<string, number[]>>;

/** A single head over a few steps of random inputs; parameters whose paths end so are set to one number. */
function shownBy(seed: number, settings: object, fixed: Readonly<Record<string, number>>): Shown[] {
  const cell = titans.create(titans.settings.parse({ size: d, heads: 1, ...settings }), {
    inputSize: 3,
    maxLength: 9,
  });
  const stream = rng(seed, 'titans');
  const params = mapTree(cell.init(stream) as never, (leaf: tf.Tensor, path) => {
    const set = Object.entries(fixed).find(([name]) => path.endsWith(name));
    if (set) return tf.fill(leaf.shape, set[1]);
    return tf.tensor(
      leaf.dataSync().map((value) => value + 0.5 * stream.normal()),
      leaf.shape,
    );
  }) as Tree;
  let state = cell.initialState(params, 1);
  return Array.from({ length: 6 }, () => {
    const step = cell.step(params, state, tf.tensor2d([[stream.normal(), stream.normal(), stream.normal()]]));
    state = step.state;
    return Object.fromEntries(
      Object.entries(step.probe!).map(([name, tensor]) => [name, [...tensor.dataSync()]]),
    );
  });
}

/** Runs a law of each step after the first and the one before it. */
function check(
  settings: object,
  fixed: Readonly<Record<string, number>>,
  law: (now: Shown, before: Shown) => void,
): void {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
      expectNoLeak(() =>
        tf.tidy(() => {
          const steps = shownBy(seed, settings, fixed);
          steps.slice(1).forEach((now, i) => {
            law(now, steps[i]!);
          });
        }),
      );
    }),
    { numRuns: 30 },
  );
}

/** M k, and v: what the memory finds less half the gradient of the squared error. */
function foundAndValue(memory: number[], { key, surprise }: Shown) {
  const found = surprise!.map((_, r) => key!.reduce((sum, k, c) => sum + memory[r * d + c]! * k, 0));
  return { found, value: found.map((x, r) => x - surprise![r]! / 2) };
}

describe('titans without momentum', () => {
  it('takes its error from the memory before it is forgotten, which the gated delta rule does not', () => {
    check({ momentum: 'none' }, {}, (now, before) => {
      const { found, value } = foundAndValue(before.memory!, now);
      const [alpha, beta] = [now.alpha![0]!, 2 * now.theta![0]!];
      const by = (kept: number) =>
        before.memory!.map((x, i) => {
          const [row, column] = [Math.floor(i / d), i % d];
          return (1 - alpha) * x + beta * (value[row]! - kept * found[row]!) * now.key![column]!;
        });
      expect(relativeError(now.memory!, by(1))).toBeLessThan(1e-5);
      // Gated DeltaNet takes the error of what is left: the two differ by beta alpha M k k'.
      const gated = by(1 - alpha);
      const apart = gated.map((x, i) => x - now.memory![i]!);
      const expected = apart.map((_, i) => beta * alpha * found[Math.floor(i / d)]! * now.key![i % d]!);
      expect(relativeError(apart, expected)).toBeLessThan(1e-5);
    });
  });

  it('is the delta rule with beta = 2 theta where nothing is forgotten: of what it finds under a key, beta becomes the value', () => {
    check({ momentum: 'none', forgetting: 'none' }, {}, (now, before) => {
      const { found, value } = foundAndValue(before.memory!, now);
      const after = foundAndValue(now.memory!, now).found;
      const beta = 2 * now.theta![0]!;
      const length = now.key!.reduce((sum, k) => sum + k * k, 0);
      const expected = found.map((x, r) => x + beta * length * (value[r]! - x));
      expect(relativeError(after, expected)).toBeLessThan(1e-5);
    });
  });
});

describe('the momentum of titans', () => {
  it('goes on by its share: M less what is kept is P, and P less eta P is what the token adds', () => {
    check({}, {}, (now, before) => {
      const [alpha, eta, theta] = [now.alpha![0]!, now.eta![0]!, now.theta![0]!];
      const P = now.memory!.map((x, i) => x - (1 - alpha) * before.memory![i]!);
      expect(relativeError(now.momentum!, P)).toBeLessThan(1e-5);
      const added = P.map((_, i) => -theta * now.surprise![Math.floor(i / d)]! * now.key![i % d]!);
      expect(
        relativeError(
          P.map((x, i) => x - eta * before.momentum![i]!),
          added,
        ),
      ).toBeLessThan(1e-5);
    });
  });
});

it('behind the layer norm of TTT nothing that is learned changes the mean of what a key finds', () => {
  check({ memory: 'ttt', target: 'value' }, {}, ({ surprise }) => {
    const largest = Math.max(...surprise!.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    expect(Math.abs(surprise!.reduce((a, b) => a + b)) / largest).toBeLessThan(1e-4);
  });
});
