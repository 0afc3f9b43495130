/** The network that steers heads, in plain loops, one example, float64: LSTM or tanh layers, each fed by the one below. */
import type { Numbers } from '../gradient-check.ts';
import { lstmReferenceStep } from './lstm.ts';

export interface ControllerReferenceOptions {
  readonly controller: 'lstm' | 'feed-forward';
  readonly controllerSize: number;
  readonly controllerLayers: number;
}

/** h and c of every layer, from the bottom up; empty where layers have no state. */
export type ControllerReferenceState = readonly { readonly h: Float64Array; readonly c: Float64Array }[];

/** Numbers of one layer are not under `layers`. */
const pathOf = ({ controllerLayers }: ControllerReferenceOptions, index: number) =>
  controllerLayers === 1 ? 'controller' : `controller.layers.${index}`;

/** bias + x kernel, the kernel [x.length, bias.length]. */
export function affine(x: ArrayLike<number>, kernel: Float64Array, bias: Float64Array): Float64Array {
  const size = bias.length;
  const result = Float64Array.from(bias);
  for (let k = 0; k < x.length; k++)
    for (let column = 0; column < size; column++) result[column]! += x[k]! * kernel[k * size + column]!;
  return result;
}

/** The learned start. */
export function controllerReferenceStart(
  options: ControllerReferenceOptions,
  params: Numbers,
): ControllerReferenceState {
  const none = new Float64Array(0);
  return Array.from({ length: options.controllerLayers }, (_, index) => ({
    h: params[`${pathOf(options, index)}.start.h`] ?? none,
    c: params[`${pathOf(options, index)}.start.c`] ?? none,
  }));
}

/** One step: what the top layer says, and the state. */
export function controllerReferenceStep(
  options: ControllerReferenceOptions,
  params: Numbers,
  { state, input }: { state: ControllerReferenceState; input: Float64Array },
): { output: Float64Array; state: ControllerReferenceState } {
  let output = input;
  const next = state.map((before, index) => {
    const kernel = params[`${pathOf(options, index)}.kernel`]!;
    const bias = params[`${pathOf(options, index)}.bias`]!;
    if (options.controller === 'lstm') {
      const after = lstmReferenceStep({ kernel, bias }, before, output);
      output = after.h;
      return after;
    }
    output = affine(output, kernel, bias).map(Math.tanh);
    return before;
  });
  return { output, state: next };
}
