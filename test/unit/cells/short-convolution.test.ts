import { describe, expect, it } from 'vitest';
import {
  shortConvolution,
  shortConvolutionKernel,
  shortConvolutionStart,
  silu,
} from '../../../src/cells/short-convolution.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { useBackend } from '../../support/backends.ts';
import { expectNoLeak } from '../../support/leaks.ts';

useBackend('cpu');

describe('the short convolution', () => {
  it('sees its own last four numbers, channel by channel, zeros before the first', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        // Channel 0 is shown 1, 2, 3, 4, 5 and weighs them 1000, 100, 10, 1; channel 1 keeps what is three steps back.
        const kernel = tf.tensor2d([
          [1000, 1],
          [100, 0],
          [10, 0],
          [1, 0],
        ]);
        let past = shortConvolutionStart(1, 2);
        const seen: number[][] = [];
        for (let t = 1; t <= 5; t++) {
          const step = shortConvolution(kernel, past, tf.tensor2d([[t, -t]]));
          seen.push([...step.output.dataSync()]);
          ({ past } = step);
        }
        expect(seen.map(([channel]) => channel)).toEqual([1, 12, 123, 1234, 2345]);
        expect(seen.map(([, channel]) => channel! + 0)).toEqual([0, 0, 0, -1, -2]);
        expect(past.arraySync()).toEqual([
          [
            [3, -3],
            [4, -4],
            [5, -5],
          ],
        ]);
      });
    });
  });

  it('is the causal depthwise convolution of the whole sequence', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const [length, channels] = [9, 3];
        const stream = rng(1, 'test');
        const kernel = shortConvolutionKernel(stream, channels);
        const x = Float64Array.from({ length: length * channels }, () => stream.normal());
        let past = shortConvolutionStart(1, channels);
        for (let t = 0; t < length; t++) {
          const row = tf.tensor2d([...x.slice(t * channels, (t + 1) * channels)], [1, channels]);
          const step = shortConvolution(kernel, past, row);
          ({ past } = step);
          for (let c = 0; c < channels; c++) {
            let sum = 0;
            for (let back = 0; back < 4 && back <= t; back++)
              sum += x[(t - back) * channels + c]! * kernel.dataSync()[(3 - back) * channels + c]!;
            expect(step.output.dataSync()[c]).toBeCloseTo(sum, 5);
          }
        }
      });
    });
  });

  it('begins within a half', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const values = shortConvolutionKernel(rng(1, 'test'), 500).dataSync();
        expect(Math.max(...values)).toBeGreaterThan(0.49);
        expect(Math.max(...values)).toBeLessThanOrEqual(0.5);
        expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.5);
      });
    });
  });

  it('is followed by x sigmoid(x)', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const [zero, one, low] = silu(tf.tensor1d([0, 1, -20])).dataSync();
        expect(zero).toBe(0);
        expect(one).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
        expect(low).toBeCloseTo(-20 / (1 + Math.exp(20)), 12);
      });
    });
  });
});
