import { beforeAll, describe, expect, it } from 'vitest';
import type { Transform } from '../../../src/core/contracts.ts';
import { UsageError } from '../../../src/core/errors.ts';
import * as tf from '../../../src/core/tf.ts';
import { type OptimizerConfig, optimizerSchema } from '../../../src/train/config.ts';
import { optimizer } from '../../../src/train/optimizer.ts';
import { schedule } from '../../../src/train/schedule.ts';
import { chain, clipByGlobalNorm, clipByValue, gravesRmsprop, sgd } from '../../../src/train/transforms.ts';
import { expectNoLeak } from '../../support/leaks.ts';
import { follow } from './follow.ts';

beforeAll(() => tf.setBackend('cpu'));

const plain = (config: object): OptimizerConfig => optimizerSchema.parse({ clipNorm: 0, ...config });

/** Every optimizer with what makes it differ from its neighbor. */
const table: [name: string, config: OptimizerConfig][] = [
  ['graves-rmsprop', plain({ name: 'graves-rmsprop' })],
  ['rmsprop', plain({ name: 'rmsprop' })],
  ['rmsprop with momentum', plain({ name: 'rmsprop', momentum: 0.9 })],
  ['adam', plain({ name: 'adam' })],
  ['adamw', plain({ name: 'adamw' })],
  ['sgd', plain({ name: 'sgd' })],
  ['sgd with momentum', plain({ name: 'sgd', momentum: 0.9 })],
];

/** One update from a fresh state. */
function firstUpdate(transform: Transform, gradient: number[], params = gradient.map(() => 0)): number[] {
  return tf.tidy(() => {
    const context = { params: tf.tensor1d(params), step: tf.scalar(1) };
    const { update } = transform.update(tf.tensor1d(gradient), transform.init(gradient.length), context);
    return [...update.dataSync()];
  });
}

describe.each(table)('%s', (name, config) => {
  const transform = optimizer(config);

  it('keeps a state as long as the parameters, and leaves no tensor behind', () => {
    expectNoLeak(() =>
      follow(
        transform,
        [1, 2, 3],
        [
          [1, -1, 0],
          [0.5, 0, 2],
        ],
      ),
    );
    expectNoLeak(() => {
      const state = transform.init(7);
      expect(Object.values(state).map((values) => values.shape)).toEqual(Object.keys(state).map(() => [7]));
      tf.dispose(Object.values(state));
    });
  });

  it('is a pure function: the same arguments give the same update, and stay as they were', () => {
    tf.tidy(() => {
      const state = transform.init(2);
      const [gradient, params, step] = [tf.tensor1d([0.3, -2]), tf.tensor1d([1, 1]), tf.scalar(1)];
      const first = transform.update(gradient, state, { params, step });
      const second = transform.update(gradient, state, { params, step });
      expect([...second.update.dataSync()]).toEqual([...first.update.dataSync()]);
      for (const name of Object.keys(state)) {
        expect([...second.state[name]!.dataSync()]).toEqual([...first.state[name]!.dataSync()]);
        expect([...state[name]!.dataSync()]).toEqual([0, 0]);
      }
      expect(Object.keys(first.state).sort()).toEqual(Object.keys(state).sort());
    });
  });

  it('goes against the gradient, and nowhere without one', () => {
    const update = firstUpdate(transform, [3, -0.002, 0]);
    expect(update[0]).toBeLessThan(0);
    expect(update[1]).toBeGreaterThan(0);
    expect(Math.abs(update[2]!)).toBe(0);
  });

  it('treats each component by itself', () => {
    const gradients = [
      [1, -2, 0.1],
      [0.5, 3, -0.2],
      [-1, 1, 0.4],
    ];
    const start = [1, 2, 3];
    const together = follow(transform, start, gradients).at(-1)!;
    start.forEach((value, i) => {
      const alone = follow(
        transform,
        [value],
        gradients.map((gradient) => [gradient[i]!]),
      ).at(-1)!;
      expect(together[i]).toBe(alone[0]);
    });
  });

  it('stays finite for gradients from 1e-30 to 1e6, steady or not', () => {
    const sizes = [1e-30, 1e-6, 1, 1e4, 1e6];
    const gradients = Array.from({ length: 60 }, (_, step) =>
      sizes.map((size) => (step < 50 ? size : -size)),
    );
    for (const row of follow(transform, [1, 1, 1, 1, 1], gradients))
      expect(row.every(Number.isFinite), `${name}: ${row}`).toBe(true);
  });

  it('comes down a bowl', () => {
    const bold = optimizer({ ...config, rate: config.name === 'sgd' ? 0.02 : 0.01 });
    const bowl = ([x, y]: readonly number[]) => x! ** 2 + 5 * y! ** 2;
    const start = [1, -1];
    const reached = tf.tidy(() => {
      let at = tf.tensor1d(start);
      let state = bold.init(2);
      for (let step = 1; step <= 200; step++) {
        const gradient = tf.mul(at, [2, 10]) as tf.Tensor1D;
        const next = bold.update(gradient, state, { params: at, step: tf.scalar(step) });
        at = tf.add(at, next.update);
        state = next.state;
      }
      return [...at.dataSync()];
    });
    expect(bowl(reached)).toBeLessThan(0.05 * bowl(start));
  });

  it('follows its schedule', () => {
    const rising = optimizer({ ...config, warmupSteps: 4 });
    const [slow, full] = [firstUpdate(rising, [1], [0]), firstUpdate(transform, [1], [0])];
    expect(slow[0]! / full[0]!).toBeCloseTo(1 / 4, 5);
  });
});

describe("Graves' RMSProp", () => {
  it('equals equations 38-41 in float64', () => {
    const [rate, decay, momentum, epsilon] = [1e-2, 0.95, 0.9, 1e-4];
    const gradients = Array.from({ length: 30 }, (_, t) => [
      Math.sin(t),
      0.01 * Math.cos(3 * t),
      5,
      -0.3 * t,
    ]);
    const start = [0.2, -0.4, 1, 0];
    const trace = follow(gravesRmsprop(schedule({ rate }), { decay, momentum, epsilon }), start, gradients);
    const [n, g, delta, w] = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [...start]];
    gradients.forEach((gradient, t) => {
      gradient.forEach((value, i) => {
        n[i] = decay * n[i]! + (1 - decay) * value * value;
        g[i] = decay * g[i]! + (1 - decay) * value;
        delta[i] = momentum * delta[i]! - (rate * value) / Math.sqrt(n[i]! - g[i]! * g[i]! + epsilon);
        w[i] = w[i]! + delta[i]!;
        expect(Math.abs(trace[t]![i]! - w[i]!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(w[i]!)));
      });
    });
  });
});

describe('clipping', () => {
  it('by norm keeps short gradients to the bit and shortens long ones to the limit', () => {
    expect(firstUpdate(clipByGlobalNorm(5), [3, -3.9])).toEqual([3, Math.fround(-3.9)]);
    const clipped = firstUpdate(clipByGlobalNorm(5), [30, -40]);
    expect(clipped[0]).toBeCloseTo(3, 5);
    expect(clipped[1]).toBeCloseTo(-4, 5);
    expect(firstUpdate(clipByGlobalNorm(5), [0, 0])).toEqual([0, 0]);
  });

  it('by value cuts each component alone', () => {
    expect(firstUpdate(clipByValue(2), [1.5, -7, 2, 1e30])).toEqual([1.5, -2, 2, 2]);
  });

  it('comes before the rule, value before norm', () => {
    const config = plain({ name: 'sgd', rate: 1, clipValue: 4, clipNorm: 2.5 });
    const [first, second] = firstUpdate(optimizer(config), [3, 400]);
    expect(first).toBeCloseTo(-1.5, 5);
    expect(second).toBeCloseTo(-2, 5);
  });

  it('refuses two transforms that claim one name', () => {
    const momentum = sgd(schedule({ rate: 1 }), 0.5);
    expect(() => tf.tidy(() => void chain(momentum, momentum).init(2))).toThrow('claim one name');
  });
});

describe('schedules', () => {
  const at = (options: Parameters<typeof schedule>[0], step: number) =>
    tf.tidy(() => schedule(options)(tf.scalar(step)).dataSync()[0]!);

  it('constant is constant', () => {
    expect(at({ rate: 0.5 }, 1)).toBe(0.5);
    expect(at({ rate: 0.5 }, 1e6)).toBe(0.5);
  });

  it('warms up in a straight line', () => {
    const options = { rate: 0.8, warmupSteps: 4 };
    expect([1, 2, 3, 4, 5, 99].map((step) => at(options, step))).toEqual(
      [0.2, 0.4, 0.6, 0.8, 0.8, 0.8].map((value) => expect.closeTo(value, 6)),
    );
  });

  it('falls along a line to finalRate, and stays there', () => {
    const options = {
      rate: 1,
      schedule: 'linear',
      warmupSteps: 10,
      decaySteps: 110,
      finalRate: 0.2,
    } as const;
    expect([5, 10, 60, 110, 500].map((step) => at(options, step))).toEqual(
      [0.5, 1, 0.6, 0.2, 0.2].map((value) => expect.closeTo(value, 6)),
    );
  });

  it('falls along half a cosine to finalRate, and stays there', () => {
    const options = { rate: 1, schedule: 'cosine', decaySteps: 120, finalRate: 0.5 } as const;
    // cos(60°) = 1/2, so a third of the way leaves three quarters.
    expect([0, 40, 60, 120, 121].map((step) => at(options, step))).toEqual(
      [1, 0.875, 0.75, 0.5, 0.5].map((value) => expect.closeTo(value, 6)),
    );
  });

  it('leaves no tensor behind and refuses to fall in no steps', () => {
    expectNoLeak(() => at({ rate: 1, schedule: 'cosine', decaySteps: 5, warmupSteps: 2 }, 3));
    const impossible = () => schedule({ rate: 1, schedule: 'linear', warmupSteps: 9, decaySteps: 9 });
    expect(impossible).toThrow(UsageError);
    expect(impossible).toThrow('optimizer.decaySteps: expected more than warmupSteps (9)');
  });
});
