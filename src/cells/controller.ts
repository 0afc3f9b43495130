/**
 * The network that steers heads on a memory: Graves et al. 2014, section 3.4. LSTM layers, or feed-forward layers, each
 * fed by the one below; the lowest sees the input and what was read. Feed-forward ones are tanh, not ReLU: their output
 * stays in (-1,1) like the LSTM's, so that one scale of the head layer suits both and no clipping is needed.
 * Left out: connections from the input to every layer and from every layer to the output (Graves 2013).
 */
import { z } from 'zod';
import { overBatch } from '../core/gradients.ts';
import { uniformKernel } from '../core/init.ts';
import type { Rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';
import { type LstmParams, type LstmState, lstmParams, lstmStep } from './lstm.ts';

/** A layer: kernel [I,H] with bias [H]; the LSTM's kernel is [I+H,4H] and it has a learned start h, c [H]. */
type LayerParams =
  | { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D }
  | (LstmParams & { readonly start: { readonly h: tf.Tensor1D; readonly c: tf.Tensor1D } });
/** The LSTM's h and c [B,H]; nothing for a feed-forward layer. */
type LayerState = LstmState | Record<string, never>;

/** The numbers of the only layer, or those of several from the bottom up. */
export type ControllerParams = LayerParams | { readonly layers: readonly LayerParams[] };
/** The state of the only layer, or those of several from the bottom up. */
export type ControllerState = LayerState | { readonly layers: readonly LayerState[] };

/** Either kind, of any number of layers, as three functions. */
export interface Controller<P = ControllerParams, S = ControllerState> {
  init(rng: Rng): P;
  start(params: P, batchSize: number): S;
  /** `output` [B,H] from `input` [B,I], the external input and what was last read. */
  step(params: P, state: S, input: tf.Tensor2D): { output: tf.Tensor2D; state: S };
}

/** The settings of a controller with this many units where nothing else is said, to be spread among a cell's own. */
export const controllerSettings = (size: number) => ({
  controller: z
    .enum(['lstm', 'feed-forward'])
    .default('lstm')
    .describe('network that steers the heads: LSTM layers, or tanh layers without a state'),
  controllerSize: z
    .int()
    .min(1)
    .max(65_536)
    .default(size)
    .describe('units in each layer of the controller (H)'),
  controllerLayers: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('layers of the controller, each fed by the one below'),
});

/** What `controllerSettings` are once parsed. */
export interface ControllerSettings {
  readonly controller: 'lstm' | 'feed-forward';
  readonly controllerSize: number;
  readonly controllerLayers: number;
}

function lstmLayer(inputSize: number, size: number): Controller<LayerParams, LayerState> {
  type Params = Extract<LayerParams, { start: unknown }>;
  return {
    init: (random) => ({
      ...lstmParams(random, inputSize, size),
      start: { h: tf.zeros([size]) as tf.Tensor1D, c: tf.zeros([size]) as tf.Tensor1D },
    }),
    start: (params, batchSize) => {
      const { h, c } = (params as Params).start;
      return { h: overBatch(h, batchSize), c: overBatch(c, batchSize) };
    },
    step: (params, state, input) => {
      const next = lstmStep(params, state as LstmState, input);
      return { output: next.h, state: next };
    },
  };
}

function feedForwardLayer(inputSize: number, size: number): Controller<LayerParams, LayerState> {
  return {
    init: (random) => ({
      kernel: uniformKernel(random, inputSize, size),
      bias: tf.zeros([size]) as tf.Tensor1D,
    }),
    start: () => ({}),
    step: (params, state, input) => ({
      output: tf.tanh(tf.add(tf.matMul(input, params.kernel), params.bias)) as tf.Tensor2D,
      state,
    }),
  };
}

function stacked(layers: readonly Controller<LayerParams, LayerState>[]): Controller {
  type Params = Extract<ControllerParams, { layers: unknown }>;
  type State = Extract<ControllerState, { layers: readonly LayerState[] }>;
  return {
    init: (random) => ({ layers: layers.map((layer) => layer.init(random)) }),
    start: (params, batchSize) => ({
      layers: layers.map((layer, index) => layer.start((params as Params).layers[index]!, batchSize)),
    }),
    step: (params, state, input) => {
      let output = input;
      const states = layers.map((layer, index) => {
        const before = (state as State).layers[index]!;
        const step = layer.step((params as Params).layers[index]!, before, output);
        output = step.output;
        return step.state;
      });
      return { output, state: { layers: states } };
    },
  };
}

/** A controller for inputs [B,inputSize]; its parameters are those of its layer where it has one, as they always were. */
export function controller(settings: ControllerSettings, inputSize: number): Controller {
  const { controller: kind, controllerSize: size, controllerLayers } = settings;
  const layer = kind === 'lstm' ? lstmLayer : feedForwardLayer;
  const layers = Array.from({ length: controllerLayers }, (_, index) =>
    layer(index === 0 ? inputSize : size, size),
  );
  return layers.length === 1 ? (layers[0] as Controller) : stacked(layers);
}
