/** What the references of both cells of xLSTM share. */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { silu, type Vector } from './stack.ts';

/** SiLU of the sum of a channel's last four numbers, weighed, and its bias. */
export function convolved(params: Numbers, shown: Sequence): Sequence {
  return shown.map((now, t) =>
    now.map((_, c) => {
      let sum = params['convolution.bias']![c]!;
      for (let back = 0; back < 4 && back <= t; back++)
        sum += params['convolution.kernel']![(3 - back) * now.length + c]! * shown[t - back]![c]!;
      return silu(sum);
    }),
  );
}

/** Mean 0 and variance 1, but for 1e-5, which in a graph is a float32. */
export function normalizedHead(h: Vector): Vector {
  const mean = h.reduce((a, b) => a + b) / h.length;
  const variance = h.reduce((sum, x) => sum + (x - mean) ** 2, 0) / h.length;
  return h.map((x) => (x - mean) / Math.sqrt(variance + Math.fround(1e-5)));
}
