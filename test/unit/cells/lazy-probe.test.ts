import { beforeAll, describe, expect, it } from 'vitest';
import { lazyProbe } from '../../../src/cells/lazy-probe.ts';
import * as tf from '../../../src/core/tf.ts';
import { expectNoLeak } from '../../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('lazy probes', () => {
  it('make nothing until looked at, and then the same tensor every time', () => {
    expectNoLeak(() => {
      let made = 0;
      const probe = lazyProbe({
        first: () => {
          made++;
          return tf.scalar(1);
        },
        second: () => tf.scalar(2),
      });
      expect(Object.keys(probe)).toEqual(['first', 'second']);
      expect(made).toBe(0);
      const first = probe.first!;
      expect(probe.first).toBe(first);
      expect(made).toBe(1);
      first.dispose();
    });
  });

  it('survive the scope that returns them', () => {
    expectNoLeak(() => {
      const probe = tf.tidy(() => {
        const x = tf.scalar(3);
        return lazyProbe({ squared: () => tf.square(x) }) as tf.NamedTensorMap;
      });
      expect(probe.squared!.dataSync()[0]).toBe(9);
      probe.squared!.dispose();
    });
  });
});
