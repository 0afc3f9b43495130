/**
 * The optimizer on the flat vector of all parameters, as a graph. It takes `gradient`, `params`, `step` and its own state,
 * and gives the new parameters and state beside the old, so that a step that failed leaves no trace.
 */
import type { OptimizerState, Transform } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { builder, extended } from '../ir/builder.ts';
import type { Graph } from '../ir/graph.ts';
import { names } from '../ir/names.ts';
import { type OnPass, runPass } from '../pass.ts';
import { traceGraph } from './import.ts';
import { look } from './trace.ts';

/** An optimizer as a graph. */
export interface OptimizerGraph {
  /** Names of the parts of its state. */
  readonly state: readonly string[];
  readonly graph: Graph;
}

/**
 * gradient, params, step, optimizer.* -> next.params, next.optimizer.*, and `nonFinite`: 0 when all new parameters are
 * finite, else NaN.
 * @param count how many parameters there are
 */
export function traceOptimizer(transform: Transform, count: number, onPass?: OnPass): OptimizerGraph {
  const state = tf.tidy(() => Object.keys(transform.init(1)));
  const inputs = ['gradient', 'params', 'step', ...state.map(names.optimizerState)].map((name) => ({
    name,
    shape: name === 'step' ? [] : [count],
    dependence: 'params' as const,
  }));
  const update = (given: Readonly<Record<string, tf.Tensor>>) => {
    const named = given as Readonly<Record<string, tf.Tensor1D>>;
    const own: OptimizerState = Object.fromEntries(
      state.map((name) => [name, named[names.optimizerState(name)]!]),
    );
    const after = transform.update(named.gradient!, own, {
      params: named.params!,
      step: named.step as unknown as tf.Scalar,
    });
    const kept = Object.entries(after.state).map(
      ([name, tensor]) => [names.updated(names.optimizerState(name)), look(tensor)] as const,
    );
    return { update: look(after.update), ...Object.fromEntries(kept) };
  };
  const traced = traceGraph(inputs, update, { graph: 'optimizer', onPass });
  // Here, and not in what is traced, where each kernel runs over all parameters.
  const apply = () =>
    extended(traced, (build, { update: change, ...kept }) => {
      const params = build.apply('add', build.input('params', [count], 'params'), change!);
      // x - x is 0 for every finite x and NaN for all others.
      const nonFinite = build.reduce('sum', build.apply('subtract', params, params), [0]);
      return { [names.updated('params')]: params, nonFinite, ...kept };
    });
  const graph = runPass(
    { graph: 'optimizer', onPass },
    { name: 'apply-update', nodesBefore: traced.nodes.length, run: apply },
  );
  return { state, graph };
}

/** The sum of the squares of a gradient. */
export function squaredNormGraph(count: number): Graph {
  const build = builder();
  const gradient = build.input('gradient', [count], 'params');
  const sum = build.reduce('sum', build.apply('multiply', gradient, gradient), [0]);
  return { nodes: build.nodes, outputs: { sum } };
}
