/**
 * The interface vector of a differentiable neural computer: one linear layer from the controller's output to all that
 * heads are told, Graves et al. 2016, Methods, "Interface parameters". Ranges: keys and what is written any number,
 * strengths and sharpness 1 + softplus (the published code has softplus), gates, erase and masks sigmoid, modes softmax.
 */
import { glorotKernel } from '../../core/init.ts';
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import type { Sharpness } from './links.ts';
import type { DncSettings } from './settings.ts';

/** Learned numbers of the layer. */
export type InterfaceParams = { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };

/** How heads of a kind look for content: key [B,K,W], strength > 1 [B,K,1], and a mask in (0,1), [B,K,W], if asked for. */
export interface Query {
  readonly key: tf.Tensor3D;
  readonly strength: tf.Tensor3D;
  readonly mask?: tf.Tensor3D;
}

/** Everything the controller tells its heads in one step. */
export interface Interface {
  readonly write: Query;
  readonly read: Query;
  /** v, [B,V,W] */
  readonly value: tf.Tensor3D;
  /** e in (0,1), [B,V,W] */
  readonly erase: tf.Tensor3D;
  /** f in (0,1), [B,R,1] */
  readonly freeGate: tf.Tensor3D;
  /** g^a and g^w in (0,1), [B,V,1] */
  readonly allocationGate: tf.Tensor3D;
  readonly writeGate: tf.Tensor3D;
  /** π, sums to 1 for each read head: backward by each write head's links, forward by each, content. [B,R,2V+1] */
  readonly modes: tf.Tensor3D;
  /** For the links of each write head, if asked for. */
  readonly sharpness?: readonly Sharpness[];
}

/** Columns in order, by the function that they go through: [heads, numbers a head] of each part. */
function parts({ width, readHeads, writeHeads, maskedContent, linkSharpness }: DncSettings) {
  const masks = maskedContent ? { writeMask: [writeHeads, width], readMask: [readHeads, width] } : {};
  const each = Array.from({ length: linkSharpness ? 2 * writeHeads : 0 }, (_, i) => [
    `sharp${i}`,
    [readHeads, 1],
  ]);
  return {
    any: { writeKey: [writeHeads, width], readKey: [readHeads, width], value: [writeHeads, width] },
    positive: { writeStrength: [writeHeads, 1], readStrength: [readHeads, 1], ...Object.fromEntries(each) },
    unit: {
      erase: [writeHeads, width],
      freeGate: [readHeads, 1],
      allocationGate: [writeHeads, 1],
      writeGate: [writeHeads, 1],
      ...masks,
    },
    shares: { modes: [readHeads, 2 * writeHeads + 1] },
  } as Record<'any' | 'positive' | 'unit' | 'shares', Record<string, [number, number]>>;
}

const sizeOf = (group: Record<string, [number, number]>) =>
  Object.values(group).map(([heads, each]) => heads * each);
const total = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);

/** Glorot's kernel and no bias: gates half open, modes even but for what the kernel makes of the input. */
export function interfaceParams(rng: Rng, settings: DncSettings): InterfaceParams {
  const size = total(Object.values(parts(settings)).flatMap(sizeOf));
  return { kernel: glorotKernel(rng, settings.controllerSize, size), bias: tf.zeros([size]) };
}

/** What the heads are told, from the controller's output [B,H]. */
export function interfaceOf(settings: DncSettings, params: InterfaceParams, output: tf.Tensor2D): Interface {
  const groups = parts(settings);
  const raw = tf.add(tf.matMul(output, params.kernel), params.bias) as tf.Tensor2D;
  const widths = Object.values(groups).map((group) => total(sizeOf(group)));
  const [any, positive, unit, shares] = tf.split(raw, widths, 1) as tf.Tensor2D[];
  const dealt: Record<string, tf.Tensor3D> = {};
  const deal = (group: Record<string, [number, number]>, values: tf.Tensor) =>
    tf.split(values, sizeOf(group), 1).forEach((part, index) => {
      const [name, shape] = Object.entries(group)[index]!;
      dealt[name] = tf.reshape(part, [-1, ...shape]);
    });
  deal(groups.any, any!);
  deal(groups.positive, tf.add(tf.softplus(positive!), 1));
  deal(groups.unit, tf.sigmoid(unit!));
  deal(groups.shares, shares!);
  const query = (kind: string): Query => ({
    key: dealt[`${kind}Key`]!,
    strength: dealt[`${kind}Strength`]!,
    ...(settings.maskedContent && { mask: dealt[`${kind}Mask`]! }),
  });
  const sharpness = Array.from({ length: settings.writeHeads }, (_, v) => ({
    backward: dealt[`sharp${2 * v}`]!,
    forward: dealt[`sharp${2 * v + 1}`]!,
  }));
  return {
    write: query('write'),
    read: query('read'),
    value: dealt.value!,
    erase: dealt.erase!,
    freeGate: dealt.freeGate!,
    allocationGate: dealt.allocationGate!,
    writeGate: dealt.writeGate!,
    modes: tf.softmax(dealt.modes!),
    ...(settings.linkSharpness && { sharpness }),
  };
}
