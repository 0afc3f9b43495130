/**
 * The residual stack that all modern cells share: layers that each add to a stream of width D what they make of it,
 * normalized before every layer and once more at the end: Xiong et al. 2020, section 3.2, with RMSNorm.
 *   x = W u + b        x <- x + layer(RMSNorm(x)) for each layer        y = RMSNorm(x)
 * A layer is a cell whose input and output are both of size D; any cell that is so can be stacked.
 */
import type { Cell, Tree } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import { uniformKernel, uniformTensor } from '../core/init.ts';
import type { Rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';
import { layeredProbes, probesOfLayers } from './layer-probes.ts';
import { rmsNorm, rmsNormGain } from './rms-norm.ts';

/** What is stacked; D is the size of the layers. */
export interface StackOptions<P extends Tree, S extends Tree> {
  readonly name: string;
  /** I */
  readonly inputSize: number;
  /** From the bottom up, each with an input and an output of size D; at least one. */
  readonly layers: readonly Cell<P, S>[];
}

/** Learned numbers of a stack; the input's kernel [I,D] is there where I is not D. */
export type StackParams<P extends Tree> = {
  readonly input: { readonly kernel?: tf.Tensor2D; readonly bias: tf.Tensor1D };
  /** Each with the gain of the norm before it, [D]. */
  readonly layers: readonly { readonly norm: tf.Tensor1D; readonly layer: P }[];
  /** Gain of the last norm, [D]. */
  readonly norm: tf.Tensor1D;
};

/** The layers' states, from the bottom up. */
export type StackState<S extends Tree> = { readonly layers: readonly S[] };

/**
 * The bias is never left out, and begins within 1/sqrt(I) as the kernel does: a row of zeros, which tasks show while they
 * wait for an answer, would stay one through norms and products, and no gradient leads away from that.
 */
function inputParams(rng: Rng, inputSize: number, size: number): StackParams<Tree>['input'] {
  const kernel = inputSize === size ? {} : { kernel: uniformKernel(rng, inputSize, size) };
  return { ...kernel, bias: uniformTensor(rng, [size], 1 / Math.sqrt(inputSize)) };
}

/** The least of the bounds that layers have; none where none has one. */
function least(name: 'slots' | 'maxLength', layers: readonly Cell[]): { readonly [bound: string]: number } {
  const bounds = layers.flatMap((layer) => layer[name] ?? []);
  return bounds.length === 0 ? {} : { [name]: Math.min(...bounds) };
}

/** @throws UsageError without a layer, or where one is not of the size of the first */
function checkLayers(layers: readonly Cell[]): number {
  const size = layers[0]?.inputSize;
  if (size === undefined) throw new UsageError('stack: expected at least one layer, got none; set layers');
  for (const { inputSize, outputSize } of layers)
    if (inputSize !== size || outputSize !== size)
      throw new UsageError(
        `stack: expected layers from ${size} to ${size} numbers, got one from ${inputSize} to ${outputSize}; create each with inputSize = outputSize`,
      );
  return size;
}

/**
 * The cell made of these layers. Its probes are theirs with an axis 'layer' in front, its noise is theirs side by side.
 * @throws UsageError without a layer, or where sizes differ
 */
export function residualStack<P extends Tree, S extends Tree>(
  options: StackOptions<P, S>,
): Cell<StackParams<P>, StackState<S>> {
  const { name, inputSize, layers } = options;
  const size = checkLayers(layers as readonly Cell[]);
  const noiseSize = layers.reduce((sum, layer) => sum + (layer.noiseSize ?? 0), 0);
  return {
    name,
    inputSize,
    outputSize: size,
    ...least('slots', layers as readonly Cell[]),
    ...least('maxLength', layers as readonly Cell[]),
    probes: probesOfLayers(layers as readonly Cell[]),
    ...(noiseSize > 0 ? { noiseSize } : {}),
    init: (rng) => ({
      input: inputParams(rng, inputSize, size),
      layers: layers.map((layer) => ({ norm: rmsNormGain(size), layer: layer.init(rng) })),
      norm: rmsNormGain(size),
    }),
    initialState: (params, batchSize) => ({
      layers: layers.map((layer, index) => layer.initialState(params.layers[index]!.layer, batchSize)),
    }),
    step(params, state, input, noise) {
      const { kernel, bias } = params.input;
      let stream: tf.Tensor2D = tf.add(kernel ? tf.matMul(input, kernel) : input, bias);
      let from = 0;
      const steps = layers.map((cell, index) => {
        const { norm, layer } = params.layers[index]!;
        const width = cell.noiseSize ?? 0;
        const own = noise && width > 0 ? tf.slice(noise, [0, from], [-1, width]) : undefined;
        from += width;
        const step = cell.step(layer, state.layers[index]!, rmsNorm(norm, stream), own);
        stream = tf.add(stream, step.output);
        return step;
      });
      return {
        output: rmsNorm(params.norm, stream),
        state: { layers: steps.map((step) => step.state) },
        probe: layeredProbes(steps),
      };
    },
  };
}
