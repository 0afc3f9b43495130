import { beforeAll, describe, expect, it } from 'vitest';
import {
  allocation,
  allocations,
  dnc,
  productOfSmaller,
  retained,
  writtenUsage,
} from '../../../../src/cells/prominence/dnc.ts';
import { decayedUsage, leastUsed, lru } from '../../../../src/cells/prominence/lru.ts';
import { recall, recallScore, recallUsage } from '../../../../src/cells/prominence/recall.ts';
import { prominenceRules } from '../../../../src/cells/prominence/rules.ts';
import * as tf from '../../../../src/core/tf.ts';
import { expectNoLeak } from '../../../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Runs `f` and gives its result as numbers. */
function numbersOf(f: () => tf.Tensor): number[] {
  let values: number[] = [];
  expectNoLeak(() => {
    values = tf.tidy(() => [...f().dataSync()]);
  });
  return values;
}

const slots = (...values: number[]): tf.Tensor2D => tf.tensor2d([values]);
const heads = (...rows: number[][]): tf.Tensor3D => tf.tensor3d([rows]);
const scalars = (...values: number[]): tf.Tensor3D => tf.tensor3d([values.map((value) => [value])]);

function expectClose(actual: readonly number[], expected: readonly number[], digits = 6): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, index) => {
    expect(value, `element ${index}`).toBeCloseTo(expected[index]!, digits);
  });
}

const noGates = { read: [], write: [] };

describe('prominence none', () => {
  it('keeps nothing and changes nothing', () => {
    const { none } = prominenceRules;
    expectNoLeak(() => {
      tf.tidy(() => {
        expect(none.init(2)).toEqual({});
        expect(none.start(1, 3)).toEqual({});
        const addressed = heads([0.2, 0.3, 0.5]);
        const placement = none.place({}, {}, { gates: noGates, addressed });
        expect(placement.pointed).toBe(addressed);
        expect(placement.written).toBe(addressed);
        expect(none.score({}, {}, { read: 1, write: 1 })).toBeUndefined();
        expect(none.update({}, {}, { read: addressed, written: addressed })).toEqual({});
      });
    });
  });
});

describe('prominence lru by hand, three slots', () => {
  it('points at the least used slots, one a head, the lower index first', () => {
    expect(numbersOf(() => leastUsed(slots(0.5, 0.1, 0.3), 1))).toEqual([0, 1, 0]);
    expect(numbersOf(() => leastUsed(slots(0.5, 0.1, 0.3), 3))).toEqual([0, 1, 0, 0, 0, 1, 1, 0, 0]);
    expect(numbersOf(() => leastUsed(slots(0.4, 0.2, 0.2), 2))).toEqual([0, 1, 0, 0, 0, 1]);
    expect(numbersOf(() => leastUsed(slots(0, 0, 0), 1))).toEqual([1, 0, 0]);
  });

  it('does not let rounding choose', () => {
    expect(numbersOf(() => leastUsed(slots(0.5, 0.20000005, 0.2), 1))).toEqual([0, 1, 0]);
    expect(numbersOf(() => leastUsed(slots(0.5, 0.201, 0.2), 1))).toEqual([0, 0, 1]);
  });

  it('lets usage decay and grow by all reads and writes', () => {
    expectClose(
      numbersOf(() => decayedUsage(slots(1, 2, 0), heads([0.5, 0.5, 0], [0, 0, 1]), heads([1, 0, 0]))),
      [0.95 + 0.5 + 1, 1.9 + 0.5, 1],
    );
  });

  it('writes between where it is addressed and the least used slot', () => {
    const place = () =>
      lru.place(
        { mix: tf.tensor2d([[Math.log(3)], [0]]) },
        { usage: slots(0.5, 0.1, 0.3) },
        { gates: noGates, addressed: heads([1, 0, 0], [0.5, 0, 0.5]) },
      );
    // σ(log 3) = 3/4 on the address, 1/4 on slot 1; then half and half with slot 2.
    const expected = [0.75, 0.25, 0, 0.25, 0, 0.75];
    expectClose(
      numbersOf(() => place().written),
      expected,
    );
    expectClose(
      numbersOf(() => place().pointed),
      expected,
    );
  });

  it('passes gradients to the mix and the address, and zeros through usage', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const loss = (mix: tf.Tensor, addressed: tf.Tensor, read: tf.Tensor): tf.Scalar => {
          const usage = decayedUsage(slots(1, 0, 0), read as tf.Tensor3D, heads([0, 0.5, 0]));
          const given = { gates: noGates, addressed: addressed as tf.Tensor3D };
          const { written } = lru.place({ mix: mix as tf.Tensor2D }, { usage }, given);
          return tf.sum(tf.mul(written, heads([1, 2, 4])));
        };
        const [mix, addressed, read] = tf.grads(loss)([
          tf.tensor2d([[0]]),
          heads([1, 0, 0]),
          heads([0, 0.2, 0]),
        ]);
        // d/dα at σ = 1/2: 1/4 ((1,0,0)·c - (0,0,1)·c)
        expectClose([...mix!.dataSync()], [(1 - 4) / 4]);
        expectClose([...addressed!.dataSync()], [0.5, 1, 2]);
        expect([...read!.dataSync()]).toEqual([0, 0, 0]);
      });
    });
  });
});

describe('prominence dnc by hand, three slots', () => {
  it('takes the product of all smaller values', () => {
    // Ascending: 0.2, 0.5, 0.5 (the lower index first).
    expectClose(
      numbersOf(() => productOfSmaller(slots(0.5, 0.5, 0.2))),
      [0.2, 0.1, 1],
    );
  });

  it('gives the product its gradient', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const gradient = tf.grad((u) => tf.sum(tf.mul(productOfSmaller(u as tf.Tensor2D), slots(3, 5, 7))))(
          slots(0.5, 0.8, 0.2),
        );
        // 3 u2 + 5 u0 u2 + 7
        expectClose([...gradient.dataSync()], [5 * 0.2, 0, 3 + 5 * 0.5]);
      });
    });
  });

  it('allocates the freest slot first, and what it leaves to the next', () => {
    expectClose(
      numbersOf(() => allocation(slots(0.5, 0.2, 1))),
      [0.5 * 0.2, 0.8, 0],
      5,
    );
    expectClose(
      numbersOf(() => allocation(slots(0, 0, 0))),
      [1, 0, 0],
      5,
    );
    expectClose(
      numbersOf(() => allocation(slots(1, 1, 1))),
      [0, 0, 0],
      5,
    );
  });

  it('takes usages within 1e-5 for equal, so that what allocation leaves behind does not divert the next', () => {
    expectClose(
      numbersOf(() => allocation(slots(0.9, 1e-6, 0))),
      [0, 1, 0],
      5,
    );
    expectClose(
      numbersOf(() => allocation(slots(0.9, 1e-3, 0))),
      [0, 0, 1],
      5,
    );
  });

  it('frees what read heads release', () => {
    expectClose(
      numbersOf(() => retained(slots(1, 0.5, 0.8), scalars(1, 0.5), heads([0.5, 0, 0.25], [0, 1, 0.5]))),
      [0.5, 0.25, 0.8 * 0.75 * 0.75],
    );
  });

  it('counts what is written as used', () => {
    expectClose(
      numbersOf(() => writtenUsage(slots(0, 0.5, 0.2), heads([0.5, 0.5, 0]))),
      [0.5, 0.75, 0.2],
    );
    expectClose(
      numbersOf(() => writtenUsage(slots(0, 0.5, 0.2), heads([0.5, 0.5, 0], [0.5, 0, 0.5]))),
      [0.75, 0.75, 0.6],
    );
  });

  it('lets the second head find in use what the first takes', () => {
    // The first takes 0.5 of slot 0, which leaves usage [0.5,0,0]: the second goes to slot 1.
    expectClose(
      numbersOf(() => allocations(slots(0, 0, 0), scalars(0.5, 1))),
      [1, 0, 0, 0, 1, 0],
      5,
    );
  });

  it('gates allocation and writing, and remembers the place before the write gate', () => {
    const place = () => {
      const gates = { read: [scalars(0)], write: [scalars(0.25), scalars(0.4)] };
      return dnc.place({}, { usage: slots(1, 0, 1) }, { gates, addressed: heads([0.5, 0, 0.5]) });
    };
    const pointed = [0.375, 0.25, 0.375];
    expectClose(
      numbersOf(() => place().pointed),
      pointed,
      5,
    );
    expectClose(
      numbersOf(() => place().written),
      pointed.map((weight) => 0.4 * weight),
      5,
    );
  });

  it('starts with nothing in use', () => {
    expect(numbersOf(() => dnc.start(1, 3).usage)).toEqual([0, 0, 0]);
  });
});

describe('prominence recall by hand, three slots', () => {
  it('lets usage decay at the learned rate and grow by what is read', () => {
    // σ(log 3) = 0.75
    expectClose(
      numbersOf(() =>
        recallUsage(slots(1, 0.4, 0), tf.tensor1d([Math.log(3)]), heads([0.5, 0.5, 0], [0, 0, 1])),
      ),
      [1.25, 0.8, 1],
    );
  });

  it('helps heads that read and hinders heads that write', () => {
    const raw = Math.log(Math.expm1(2));
    const logs = [0.999, 0.099, 9.999].map((usage) => 2 * Math.log(usage + 1e-3));
    expectClose(
      numbersOf(() => recallScore(slots(0.999, 0.099, 9.999), tf.tensor1d([raw]), scalars(1, -1))),
      [...logs, ...logs.map((score) => -score)],
      5,
    );
    expectClose(logs, [0, 2 * Math.log(0.1), 2 * Math.log(10)]);
  });

  it('scores read heads first, then write heads', () => {
    const params = { decay: tf.tensor1d([0]), strength: tf.tensor1d([Math.log(Math.expm1(1))]) };
    const score = (read: number, write: number) =>
      numbersOf(() => recall.score(params, { usage: slots(0.999, 9.999) }, { read, write })!);
    const log = Math.log(10);
    expectClose(score(1, 2), [0, log, 0, -log, 0, -log]);
    expectClose(score(0, 1), [0, -log]);
    tf.dispose(params);
  });

  it('starts with every slot as if read once, a decay of 0.95 and a strength of 0.05', () => {
    expect(numbersOf(() => recall.start(1, 3).usage)).toEqual([1, 1, 1]);
    expectClose(
      numbersOf(() => tf.sigmoid(recall.init(1).decay)),
      [0.95],
    );
    expectClose(
      numbersOf(() => tf.softplus(recall.init(1).strength)),
      [0.05],
    );
  });
});
