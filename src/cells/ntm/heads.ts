/**
 * One linear layer from the controller's output to the controls of all heads: Graves, Wayne and Danihelka 2014,
 * section 3.3 and figure 2. Ranges: key and add tanh, strength softplus, gate and erase sigmoid, shift softmax,
 * sharpening 1 + softplus.
 */
import { glorotKernel } from '../../core/init.ts';
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';

/** What decides how wide the layer is and how its columns are dealt out. */
export interface HeadLayout {
  readonly readHeads: number;
  readonly writeHeads: number;
  /** W */
  readonly width: number;
  /** S = 2 shiftRange + 1; with S = 1 the layer has no shift columns */
  readonly offsets: number;
  /** Further gates in (0,1) that the prominence rule wants of each read head and of each write head. */
  readonly readGates: number;
  readonly writeGates: number;
  /** Heads that address together: [R+V], all on one memory, or [R,V], each kind on its own. */
  readonly banks: readonly number[];
}

/** Learned numbers of the layer. */
export type HeadParams = { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };

/** How the K heads of one bank address. */
export interface AddressControls {
  /** In (-1,1), [B,K,W] */
  readonly key: tf.Tensor3D;
  /** β > 0, [B,K,1] */
  readonly strength: tf.Tensor3D;
  /** g in (0,1), [B,K,1] */
  readonly gate: tf.Tensor3D;
  /** Sums to 1 over the offsets -range ... range, [B,K,S] */
  readonly shift: tf.Tensor3D;
  /** γ > 1, [B,K,1] */
  readonly sharpening: tf.Tensor3D;
}

/** Everything the controller tells its heads in one step. */
export interface HeadControls {
  readonly banks: readonly AddressControls[];
  /** In (0,1), [B,V,W] */
  readonly erase: tf.Tensor3D;
  /** In (-1,1), [B,V,W] */
  readonly add: tf.Tensor3D;
  /** The prominence rule's gates in (0,1): `readGates` of [B,R,1], `writeGates` of [B,V,1]. */
  readonly readGates: readonly tf.Tensor3D[];
  readonly writeGates: readonly tf.Tensor3D[];
}

/** Columns of the layer, by the function that they go through; in this order. */
function columns(layout: HeadLayout): { tanh: number; softplus: number; sigmoid: number; softmax: number } {
  const { readHeads, writeHeads, width, offsets, readGates, writeGates } = layout;
  const heads = readHeads + writeHeads;
  return {
    tanh: (heads + writeHeads) * width,
    softplus: 2 * heads,
    sigmoid: heads + writeHeads * width + readGates * readHeads + writeGates * writeHeads,
    softmax: offsets === 1 ? 0 : heads * offsets,
  };
}

/** How many numbers the controller tells its heads in one step. */
export function headSize(layout: HeadLayout): number {
  return Object.values(columns(layout)).reduce((sum, count) => sum + count, 0);
}

/** Twice Glorot's scale: at half of it more starts of the tiny copy task took long to discover stepping along the slots. */
const KERNEL_GAIN = 2;

/** Glorot's kernel, scaled, and no bias: gates half open and shifts even but for what the kernel makes of the input. */
export function headParams(rng: Rng, controllerSize: number, layout: HeadLayout): HeadParams {
  const size = headSize(layout);
  return {
    kernel: glorotKernel(rng, controllerSize, size, KERNEL_GAIN),
    bias: tf.zeros([size]) as tf.Tensor1D,
  };
}

/**
 * The controls of all heads from the controller's output [B,H]. Columns, in order, heads in order of banks:
 *   tanh      keys [K,W], adds [V,W]
 *   softplus  strengths [K], sharpenings [K]
 *   sigmoid   gates [K], erases [V,W], then the prominence rule's gates, [R] or [V] each
 *   softmax   shifts [K,S]
 */
export function headControls(layout: HeadLayout, params: HeadParams, output: tf.Tensor2D): HeadControls {
  const raw = tf.add(tf.matMul(output, params.kernel), params.bias) as tf.Tensor2D;
  const sizes = Object.values(columns(layout)).filter((size) => size > 0);
  const [vectors, positives, gates, shifts] = tf.split(raw, sizes, 1) as tf.Tensor2D[];
  const { banks, writeHeads, width } = layout;
  const batchSize = raw.shape[0];
  const heads = banks.reduce((sum, count) => sum + count, 0);
  const reshape = (x: tf.Tensor, rows: number, size: number): tf.Tensor3D =>
    tf.reshape(x, [batchSize, rows, size]);
  const divide = (x: tf.Tensor3D, counts: readonly number[]): tf.Tensor3D[] =>
    counts.length === 1 ? [x] : tf.split(x, [...counts], 1);

  const wide = divide(reshape(tf.tanh(vectors!), heads + writeHeads, width), [...banks, writeHeads]);
  const positive = divide(reshape(tf.softplus(positives!), 2 * heads, 1), [...banks, ...banks]);
  const shift = divide(shiftControls(shifts, [batchSize, heads, layout.offsets]), banks);
  const { gate, erase, readGates, writeGates } = gateControls(layout, tf.sigmoid(gates!));
  return {
    banks: banks.map((_, index) => ({
      key: wide[index]!,
      strength: positive[index]!,
      gate: gate[index]!,
      shift: shift[index]!,
      sharpening: tf.add(positive[banks.length + index]!, 1),
    })),
    erase,
    add: wide.at(-1)!,
    readGates,
    writeGates,
  };
}

/** [B,K S] -> [B,K,S], each row summing to 1; ones where the only offset is 0. */
function shiftControls(raw: tf.Tensor2D | undefined, shape: [number, number, number]): tf.Tensor3D {
  return raw === undefined ? tf.ones(shape) : tf.softmax(tf.reshape(raw, shape));
}

/** The sigmoid columns apart. */
function gateControls(layout: HeadLayout, gates: tf.Tensor2D) {
  const { banks, readHeads, writeHeads, width, readGates, writeGates } = layout;
  const forRead = Array<number>(readGates).fill(readHeads);
  const forWrite = Array<number>(writeGates).fill(writeHeads);
  const sizes = [...banks, writeHeads * width, ...forRead, ...forWrite];
  const parts = tf.split(gates, sizes, 1);
  const batchSize = gates.shape[0];
  const each = (part: tf.Tensor): tf.Tensor3D => tf.reshape(part, [batchSize, part.shape[1]!, 1]);
  const extra = parts.slice(banks.length + 1).map(each);
  return {
    gate: parts.slice(0, banks.length).map(each),
    erase: tf.reshape(parts[banks.length]!, [batchSize, writeHeads, width]) as tf.Tensor3D,
    readGates: extra.slice(0, readGates),
    writeGates: extra.slice(readGates),
  };
}
