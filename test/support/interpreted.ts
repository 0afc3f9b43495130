/** Training by the interpreter, in float64: loss and gradient are the library's own, the optimizer is here. */
import type { Transform } from '../../src/core/contracts.ts';
import { traceOptimizer } from '../../src/jit/frontend/optimizer.ts';
import type { Named } from '../../src/jit/interpreted-loss.ts';
import { interpret } from '../../src/jit/ir/interpret.ts';

export {
  emptyGradient,
  type Interpreted,
  interpretedLoss,
  type Named,
} from '../../src/jit/interpreted-loss.ts';

/** An optimizer run by the interpreter on one flat vector. */
export function interpretedOptimizer(transform: Transform, count: number) {
  const { state, graph } = traceOptimizer(transform, count);
  let own: Named = Object.fromEntries(state.map((name) => [`optimizer.${name}`, [new Float64Array(count)]]));
  let step = 0;
  return (params: Float64Array, gradient: Float64Array): Float64Array => {
    step++;
    const inputs = { ...own, params: [params], gradient: [gradient], step: [Float64Array.of(step)] };
    const found = interpret(graph, inputs);
    own = Object.fromEntries(state.map((name) => [`optimizer.${name}`, found[`next.optimizer.${name}`]!]));
    return found['next.params']![0]!;
  };
}
