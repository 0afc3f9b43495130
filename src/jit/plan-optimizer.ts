/** The optimizer as phases over flat vectors: the squared norm of the gradient, then the update in place. */
import type { Transform } from '../core/contracts.ts';
import { allocator } from './buffers.ts';
import { builder } from './build.ts';
import type { NodeId } from './ir.ts';
import { type Destination, lower } from './lower.ts';
import { traceOptimizer } from './model-graphs.ts';
import { addPhase, addPort, type Plan, prepare } from './plan.ts';
import type { Action, Place, Step } from './program.ts';

/** Phases that measure the gradient and apply the optimizer. */
export function planOptimizer(
  plan: Plan,
  optimizer: Transform,
  at: { readonly gradient: Place; readonly step: Place },
): number[] {
  const { slots, graph } = traceOptimizer(optimizer, plan.parameterCount);
  const inputs = new Map<string, Place>([
    ['gradient', at.gradient],
    ['params', plan.params],
    ['step', at.step],
  ]);
  for (const slot of slots) {
    const place = plan.buffers.fixed(`slot.${slot}`, plan.parameterCount);
    inputs.set(`slot.${slot}`, place);
    addPort(plan, `slot.${slot}`, place, [plan.parameterCount]);
  }
  const prepared = prepare(plan, 'optimizer', graph, inputs);
  const { outputs } = prepared.graph;
  const wanted: Destination[] = [
    { node: outputs.update!, place: plan.params, add: true },
    ...slots.map((slot) => ({ node: outputs[`next.slot.${slot}`]!, place: inputs.get(`slot.${slot}`)!, add: false })),
  ];
  const allocate = allocator(plan.buffers, 'optimizer', 'none');
  const part = { ...prepared, keep: new Map<NodeId, Place>(), allocate };
  const direct = lower({ ...part, wanted });
  const actions = readsOldValues(direct, wanted) ? inTwoSteps(plan, part, wanted) : direct;
  return addPhase(plan, { name: 'update', over: 'once', rows: 'none', scope: 'program', actions });
}

/** Whether a step reads what an earlier one has overwritten. */
function readsOldValues(actions: readonly Action[], wanted: readonly Destination[]): boolean {
  const own = new Set(wanted.map((one) => one.place.buffer));
  const written = new Set<number>();
  const steps = actions.flatMap((action): readonly Step[] => (action.kind === 'region' ? action.steps : []));
  for (const step of steps) {
    if (step.kind !== 'nest') return true;
    for (const one of step.body) if (one.kind === 'load' && written.has(one.place.buffer)) return true;
    for (const one of step.body)
      if (one.kind === 'store' && own.has(one.place.buffer)) written.add(one.place.buffer);
  }
  return false;
}

/** All new values to a place apart, then all of them home. */
function inTwoSteps(
  plan: Plan,
  part: Omit<Parameters<typeof lower>[0], 'wanted'>,
  wanted: readonly Destination[],
): Action[] {
  const apart = wanted.map((one) => ({
    ...one,
    add: false,
    place: plan.buffers.grow('optimizer.apart', 'fixed', plan.parameterCount),
  }));
  const build = builder();
  const homeward = wanted.map((one, i) => ({
    node: build.input(`apart${i}`, [plan.parameterCount], 'params'),
    place: one.place,
    add: one.add,
  }));
  const graph = { nodes: build.nodes, outputs: {} };
  const available = new Map(homeward.map(({ node }, i) => [node, apart[i]!.place] as const));
  const views = homeward.map(({ node }) => ({ base: node, offset: 0, strides: [1] }));
  const home = { name: 'home', graph, views, available, keep: new Map(), allocate: part.allocate };
  return [...lower({ ...part, wanted: apart }), ...lower({ ...home, wanted: homeward })];
}

/** A phase that puts the sum of the gradient's squares where the outside reads it. */
export function planNorm(plan: Plan, gradient: Place, norm: Place): Action[] {
  const build = builder();
  const g = build.input('gradient', [plan.parameterCount], 'params');
  const sum = build.reduce('sum', build.apply('multiply', g, g), [0]);
  const prepared = prepare(plan, 'norm', { nodes: build.nodes, outputs: { sum } }, new Map([['gradient', gradient]]));
  const wanted = [{ node: prepared.graph.outputs.sum!, place: norm, add: false }];
  return lower({ ...prepared, keep: new Map(), wanted, allocate: allocator(plan.buffers, 'norm', 'none') });
}
