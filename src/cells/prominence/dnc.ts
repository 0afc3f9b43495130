/**
 * Usage, free gates and allocation of the differentiable neural computer, on NTM heads: Graves et al. 2016, Methods,
 * "Dynamic memory allocation", with several write heads in turn as in the paper's published code.
 * Deviations: no sort (the same products are taken by comparing every two slots); usages within 1e-5 count as equal; the
 * gradient flows through the write weights into usage, which the published code stops; a write head mixes allocation
 * with all of its NTM addressing.
 */
import { withoutGradient } from '../../core/gradients.ts';
import * as tf from '../../core/tf.ts';
import { productOverHeads } from '../addressing/memory-access.ts';
import type { ProminenceRule } from './rule.ts';

/** Keeps usage off 0, where its logarithm and its gradient have no value: the published code's 1e-6. */
const USAGE_FLOOR = 1e-6;

/**
 * Usages closer than this count as equal. Allocation leaves 1e-6, 1e-12 and so on behind itself in the slots that come
 * after; told apart, these would send the next write to a slot far off, and to another one in another precision.
 */
const USAGE_GRAIN = 1e-5;

/** p[j,i] = 1 where slot j comes before slot i in ascending order, ties going to the lower index: [B,N,N]. */
function precedes(usage: tf.Tensor2D): tf.Tensor3D {
  const [batchSize, slots] = usage.shape;
  // Of whole numbers a - b < 1/2 says that a <= b: one comparison for the order and for ties.
  const margin = tf.tensor2d(
    Float32Array.from({ length: slots * slots }, (_, at) => (Math.floor(at / slots) < at % slots ? 0.5 : 0)),
    [slots, slots],
  );
  return withoutGradient<tf.Tensor3D>((values) => {
    const grains = tf.round(tf.mul(values!, 1 / USAGE_GRAIN));
    const before = tf.reshape(grains, [batchSize, slots, 1]);
    const after = tf.reshape(grains, [batchSize, 1, slots]);
    return tf.cast(tf.less(tf.sub(before, after), margin), 'float32') as tf.Tensor3D;
  }, usage);
}

/**
 * For each slot the product of all smaller values, Π_{j before i} u_j: the exclusive cumulative product in ascending
 * order, put back in place, without the order. It is the exponential of Σj p[j,i] log u_j; p is constant for the gradient,
 * which is written out because the one through the product with p would first fill an [N,N] matrix for p itself.
 * @param values > 0, [B,N]
 */
export function productOfSmaller(values: tf.Tensor2D): tf.Tensor2D {
  const [batchSize, slots] = values.shape;
  const operation = tf.customGrad((x, save) => {
    const u = x as tf.Tensor2D;
    const order = precedes(u);
    const row = (v: tf.Tensor): tf.Tensor3D => tf.reshape(v, [batchSize, 1, slots]);
    const product = tf.reshape(tf.exp(tf.matMul(row(tf.log(u)), order)), [batchSize, slots]) as tf.Tensor2D;
    (save as tf.GradSaveFunc)([u, order, product]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
      const [value, before, result] = saved as [tf.Tensor2D, tf.Tensor3D, tf.Tensor2D];
      const toLogs = tf.matMul(row(tf.mul(dy, result)), before, false, true);
      return tf.div(tf.reshape(toLogs, [batchSize, slots]), value);
    };
    return { value: product, gradFunc };
  });
  return operation(values) as tf.Tensor2D;
}

/**
 * Weights on the free slots, the freest first.
 *   a[i] = (1 - u~[i]) Π_{j before i} u~[j],  u~ = 1e-6 + (1 - 1e-6) u                 Graves et al. 2016, Methods
 * @param usage in [0,1], [B,N]   @returns [B,N]; sums to 1 - Π u~, so to 0 when every slot is in use
 */
export function allocation(usage: tf.Tensor2D): tf.Tensor2D {
  const floored = tf.add(tf.mul(usage, 1 - USAGE_FLOOR), USAGE_FLOOR) as tf.Tensor2D;
  return tf.mul(tf.sub(1, floored), productOfSmaller(floored));
}

/** The share of each slot that the free gates leave, ψ = Πr (1 - f_r w^r_{t-1}), [B,N]. @param freeGate [B,R,1] */
export function retention(freeGate: tf.Tensor3D, readWeights: tf.Tensor3D): tf.Tensor2D {
  return productOverHeads<tf.Tensor2D>(tf.sub(1, tf.mul(freeGate, readWeights)));
}

/** Usage that the free gates leave: u ψ. @param freeGate [B,R,1]   @param readWeights [B,R,N] */
export function retained(usage: tf.Tensor2D, freeGate: tf.Tensor3D, readWeights: tf.Tensor3D): tf.Tensor2D {
  return tf.mul(usage, retention(freeGate, readWeights));
}

/**
 * Usage after writing: u + (1 - u) (1 - Πv (1 - w^w_v)), one head after the other, which keeps small usage exact.
 * @param written [B,V,N], the gated weights
 */
export function writtenUsage(usage: tf.Tensor2D, written: tf.Tensor3D): tf.Tensor2D {
  const heads = written.shape[1];
  const each = heads === 1 ? [written] : tf.split(written, heads, 1);
  return each.reduce<tf.Tensor2D>(
    (used, weights) => tf.add(used, tf.mul(tf.sub(1, used), tf.reshape(weights, usage.shape))),
    usage,
  );
}

/**
 * Allocation for several write heads, each finding in use what the ones before it are about to take.
 * @param takes allocation gate times write gate, [B,V,1]   @returns [B,V,N]
 */
export function allocations(usage: tf.Tensor2D, takes: tf.Tensor3D): tf.Tensor3D {
  const [batchSize, heads] = takes.shape;
  const slots = usage.shape[1];
  if (heads === 1) return tf.reshape(allocation(usage), [batchSize, 1, slots]);
  const shares = tf.split(tf.reshape(takes, [batchSize, heads]) as tf.Tensor2D, heads, 1);
  let used = usage;
  const each = shares.map((share, head) => {
    const free = allocation(used);
    if (head < heads - 1) used = tf.add(used, tf.mul(tf.sub(1, used), tf.mul(free, share)));
    return free;
  });
  return tf.stack(each, 1) as tf.Tensor3D;
}

type Usage = { readonly usage: tf.Tensor2D };

/**
 * w^w = g_w (g_a a + (1 - g_a) w). A head remembers where it points before the write gate, so that a step without
 * writing does not lose its place. Nothing is used at the start.
 */
export const dnc: ProminenceRule<Record<string, never>, Usage> = {
  equivariant: false,
  readGates: ['freeGate'],
  // The second is the paper's write gate; `writeGate` is what an NTM head mixes content and place with.
  writeGates: ['allocationGate', 'writeEnable'],
  init: () => ({}),
  start: (batchSize, slots) => ({ usage: tf.zeros([batchSize, slots]) as tf.Tensor2D }),
  release: ({ usage }, gates, readWeights) => ({ usage: retained(usage, gates.read[0]!, readWeights) }),
  score: () => undefined,
  place: (_params, { usage }, { gates, addressed }) => {
    const [allocationGate, writeGate] = gates.write as [tf.Tensor3D, tf.Tensor3D];
    const free = allocations(usage, tf.mul(allocationGate, writeGate));
    const pointed = tf.add(
      tf.mul(free, allocationGate),
      tf.mul(addressed, tf.sub(1, allocationGate)),
    ) as tf.Tensor3D;
    return { pointed, written: tf.mul(pointed, writeGate) };
  },
  update: (_params, { usage }, { written }) => ({ usage: writtenUsage(usage, written) }),
};
