/** Layers one above the other, each fed by the one below: how recurrent nets are stacked since Graves et al. 2013. */
import type { Cell, Tree } from '../core/contracts.ts';
import { layeredProbes, probesOfLayers } from './layer-probes.ts';

/** Learned numbers of a chain, from the bottom up. */
export type ChainParams<P extends Tree> = { readonly layers: readonly P[] };
/** The layers' states, from the bottom up. */
export type ChainState<S extends Tree> = { readonly layers: readonly S[] };

/**
 * The cell made of these layers, from the bottom up, at least one; the input of each has the size of the output below it.
 * Its output is that of the top, its probes are the layers' with an axis 'layer' in front.
 */
export function chain<P extends Tree, S extends Tree>(
  name: string,
  layers: readonly Cell<P, S>[],
): Cell<ChainParams<P>, ChainState<S>> {
  return {
    name,
    inputSize: layers[0]!.inputSize,
    outputSize: layers.at(-1)!.outputSize,
    probes: probesOfLayers(layers as readonly Cell[]),
    init: (rng) => ({ layers: layers.map((layer) => layer.init(rng)) }),
    initialState: (params, batchSize) => ({
      layers: layers.map((layer, index) => layer.initialState(params.layers[index]!, batchSize)),
    }),
    step(params, state, input) {
      let output = input;
      const steps = layers.map((layer, index) => {
        const step = layer.step(params.layers[index]!, state.layers[index]!, output);
        output = step.output;
        return step;
      });
      return { output, state: { layers: steps.map((step) => step.state) }, probe: layeredProbes(steps) };
    },
  };
}
