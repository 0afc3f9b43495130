/**
 * The training program: forward over time, loss, backward over time, gradients, optimizer. Forward values that the
 * backward pass reads are kept for each time step, or computed again where that is cheaper.
 */

import { elements } from '../../core/shape.ts';
import type { ModelGraphs } from '../frontend/model.ts';
import type { OptimizerGraph } from '../frontend/optimizer.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import { names } from '../ir/names.ts';
import { allocator, nextStep } from './buffers.ts';
import { initialPhase, stepPlaces } from './forward.ts';
import {
  type Accumulators,
  accumulators,
  type GradientPlan,
  operandOf,
  outerProduct,
  planGradients,
} from './gradients.ts';
import { planNorm, planOptimizer } from './optimizer.ts';
import { withPanels } from './pack.ts';
import {
  addPhase,
  addPort,
  destinations,
  finish,
  hoist,
  newPlan,
  type Plan,
  type Prepared,
  prepare,
  type Sequence,
  sequence,
} from './plan.ts';
import type { Action, Place, Product, TrainingProgram } from './program.ts';
import { type Destination, lower } from './regions.ts';
import { residuals } from './rematerialize.ts';
import { isWhole } from './views.ts';

/** Scalars that the outside writes or reads, by their offset in the `scalars` buffer. */
export const SCALARS = { scale: 0, step: 1, squaredNorm: 2, nonFinite: 3 } as const;

/** A model's graphs, those of the optimizer, and the sum of a gradient's squares. */
export interface TrainingGraphs extends ModelGraphs {
  readonly optimizer: OptimizerGraph;
  readonly norm: Graph;
}

interface Training {
  readonly plan: Plan;
  readonly graphs: TrainingGraphs;
  readonly rows: Sequence;
  readonly sums: Accumulators;
  readonly scalars: Place;
  /** Gradient of the states, at even and odd times. */
  readonly stateGradient: ReadonlyMap<string, Place>;
  readonly outputGradient: Place;
  /** Sums of products left until after the loops, and what follows when all sums are finished. */
  readonly deferred: Product[];
  readonly tails: { readonly prepared: Prepared; readonly gradients: GradientPlan }[];
}

/** The whole program of a training step; entries `prologue`, `shard` and `gather`, then `update`. */
export function planTraining(graphs: TrainingGraphs): TrainingProgram {
  const plan = newPlan(graphs.params);
  const scalars = plan.buffers.fixed('scalars', 8);
  for (const [name, offset] of Object.entries(SCALARS)) addPort(plan, name, { ...scalars, offset }, []);
  const rows = sequence(plan, graphs, 'all');
  const stateGradient = new Map(
    graphs.state.map(
      ({ name, shape }) => [name, plan.buffers.rows(names.gradient(name), elements(shape), 'two')] as const,
    ),
  );
  const outputGradient = plan.buffers.rows(names.gradient('output'), plan.buffers.sizeOf(rows.output), 'all');
  const sums = accumulators(plan);
  const training: Training = {
    plan,
    graphs,
    rows,
    sums,
    scalars,
    stateGradient,
    outputGradient,
    deferred: [],
    tails: [],
  };
  const clears = [sums.shard, ...stateGradient.values()].map(
    ({ buffer }) => ({ kind: 'clear', buffer }) as const,
  );
  const shard = addPhase(plan, {
    name: 'clear',
    over: 'once',
    rows: 'batch',
    scope: 'shard',
    actions: clears,
  });
  shard.push(
    ...initialPhase(plan, graphs, rows),
    ...planStepsAndLoss(training),
    ...planInitialGradient(training),
  );
  const late = { name: 'weights', over: 'once', rows: 'all', scope: 'shard' } as const;
  shard.push(...addPhase(plan, { ...late, actions: training.deferred }));
  const prologue = addPhase(plan, {
    name: 'prologue',
    over: 'once',
    rows: 'none',
    scope: 'program',
    actions: plan.prologue,
  });
  const gather = planGather(training);
  const update = planOptimizer(plan, graphs.optimizer, {
    gradient: sums.sum,
    squaredNorm: { ...scalars, offset: SCALARS.squaredNorm },
    step: { ...scalars, offset: SCALARS.step },
    nonFinite: { ...scalars, offset: SCALARS.nonFinite },
  });
  return {
    ...withPanels(finish(plan, { prologue, shard, gather, update })),
    optimizerState: graphs.optimizer.state,
  };
}

function planStepsAndLoss(training: Training): number[] {
  const { plan, graphs, rows } = training;
  const inputs = new Map<string, Place>([...rows.state, ['input', rows.input]]);
  for (const { path, name } of graphs.state)
    inputs.set(names.gradient(names.next(path)), nextStep(training.stateGradient.get(name)!));
  inputs.set(names.gradient('output'), training.outputGradient);
  const prepared = prepare(plan, 'step', graphs.step, inputs);
  hoist(plan, prepared);
  const gradients = planGradients(plan, prepared, training.sums);
  training.tails.push({ prepared, gradients });
  const { forward, backward } = planSteps(training, prepared, gradients);
  return [
    ...addPhase(plan, { name: 'forward', over: 'forward', rows: 'batch', scope: 'shard', actions: forward }),
    ...planReadout(training),
    ...addPhase(plan, {
      name: 'backward',
      over: 'backward',
      rows: 'batch',
      scope: 'shard',
      actions: backward,
    }),
  ];
}

/** Both passes of the step: what the first keeps is what the second reads. */
function planSteps(
  training: Training,
  prepared: Prepared,
  gradients: GradientPlan,
): { forward: Action[]; backward: Action[] } {
  const { plan, graphs, rows, stateGradient } = training;
  const { graph, views } = prepared;
  const forwardWanted = destinations(prepared, stepPlaces(graphs, rows));
  const backwardWanted: Destination[] = [
    ...destinations(prepared, gradientPlaces(stateGradient)),
    ...gradients.totals,
  ];
  const keep = new Map<NodeId, Place>();
  const inMemory = new Map(prepared.available);
  const allocate = allocator(plan.buffers, 'kept', 'all');
  const kept = residuals(prepared, {
    forward: forwardWanted.map((one) => one.node),
    backward: [
      ...backwardWanted.map((one) => one.node),
      ...gradients.outers.flatMap(({ left, right }) => [left, right]),
    ],
  });
  // What goes to memory anyway is kept there.
  for (const { node, place } of forwardWanted) {
    const { base } = views[node]!;
    const whole = isWhole(graph, node, views[node]!);
    if (whole && kept.forward.has(base) && !keep.has(base) && graph.nodes[base]!.kind !== 'dense')
      keep.set(base, place);
  }
  const backwardKeep = new Map<NodeId, Place>();
  for (const outer of gradients.outers) {
    const operand = (id: NodeId) => {
      const early = kept.forward.has(views[id]!.base) || isKnownForward(prepared, views[id]!.base);
      const options = early
        ? {
            places: inMemory,
            keep,
            wanted: forwardWanted,
            allocate,
            computed: (base: NodeId) => kept.forward.has(base),
          }
        : { places: inMemory, keep: backwardKeep, wanted: backwardWanted, allocate, computed: () => true };
      return operandOf(prepared, id, options);
    };
    training.deferred.push(
      outerProduct(prepared, outer, { left: operand(outer.left), right: operand(outer.right), allocate }),
    );
  }
  for (const base of kept.stored)
    if (!keep.has(base))
      keep.set(base, allocate.crossing(`kept%${base}`, elements(graph.nodes[base]!.shape)));
  const forward = lower({
    ...prepared,
    name: 'forward',
    keep,
    wanted: forwardWanted,
    allocate: allocator(plan.buffers, 'forward', 'one'),
  });
  const available = new Map(inMemory);
  for (const [base, place] of keep) if (!kept.again.has(base)) available.set(base, place);
  const backward = lower({
    ...prepared,
    name: 'backward',
    available,
    keep: backwardKeep,
    wanted: backwardWanted,
    allocate: allocator(plan.buffers, 'backward', 'one'),
  });
  return { forward, backward };
}

/** Where the gradients of some values are, by the gradients' names. */
const gradientPlaces = (places: Iterable<readonly [string, Place]>): Map<string, Place> =>
  new Map([...places].map(([name, place]) => [names.gradient(name), place]));

/** Whether a base is in memory when a step goes forward: gradients of the step's results are so only on the way back. */
function isKnownForward({ graph, available }: Prepared, base: NodeId): boolean {
  const node = graph.nodes[base]!;
  return available.has(base) && !(node.kind === 'input' && names.isGradient(node.name));
}

/** Readout and loss of all steps together, and the gradient of the outputs. */
function planReadout(training: Training): number[] {
  const { plan, graphs, rows, scalars, sums } = training;
  const outputSize = graphs.readout.nodes[graphs.readout.outputs.logits!]!.shape[0]!;
  const target = plan.buffers.rows('target', outputSize, 'all');
  const mask = plan.buffers.rows('mask', 1, 'all');
  addPort(plan, 'target', target, [outputSize]);
  addPort(plan, 'mask', mask, []);
  const inputs = new Map<string, Place>([
    ['output', rows.output],
    ['target', target],
    ['mask', mask],
    [names.gradient('losses'), { ...scalars, offset: SCALARS.scale }],
  ]);
  const prepared = prepare(plan, 'readout', graphs.readout, inputs);
  hoist(plan, prepared);
  const gradients = planGradients(plan, prepared, sums);
  training.tails.push({ prepared, gradients });
  const allocate = allocator(plan.buffers, 'readout', 'all');
  const loss = { ...sums.shard, offset: sums.take(1) };
  addPort(plan, 'lossSum', { ...sums.sum, offset: loss.offset }, []);
  const wanted: Destination[] = [
    { node: prepared.graph.outputs.losses!, place: loss, add: true },
    ...destinations(prepared, gradientPlaces([['output', training.outputGradient]])),
    ...gradients.totals,
  ];
  const keep = new Map<NodeId, Place>();
  const actions = partWithOuters(prepared, gradients, {
    keep,
    wanted,
    allocate,
    deferred: training.deferred,
  });
  return addPhase(plan, { name: 'readout', over: 'once', rows: 'all', scope: 'shard', actions });
}

/** A part whose sums of products are added to a list. */
function partWithOuters(
  prepared: Prepared,
  gradients: GradientPlan,
  options: {
    readonly keep: Map<NodeId, Place>;
    readonly wanted: Destination[];
    readonly allocate: ReturnType<typeof allocator>;
    readonly deferred: Product[];
  },
): Action[] {
  const { keep, wanted, allocate, deferred } = options;
  for (const outer of gradients.outers) {
    const operand = (id: NodeId) =>
      operandOf(prepared, id, { places: prepared.available, keep, wanted, allocate, computed: () => true });
    deferred.push(
      outerProduct(prepared, outer, { left: operand(outer.left), right: operand(outer.right), allocate }),
    );
  }
  return lower({ ...prepared, keep, wanted, allocate });
}

function planInitialGradient(training: Training): number[] {
  const { plan, graphs, sums, stateGradient } = training;
  const prepared = prepare(plan, 'initialGradient', graphs.initial, gradientPlaces(stateGradient));
  hoist(plan, prepared);
  const gradients = planGradients(plan, prepared, sums);
  training.tails.push({ prepared, gradients });
  const late: Product[] = [];
  const actions = partWithOuters(prepared, gradients, {
    keep: new Map(),
    wanted: [...gradients.totals],
    allocate: allocator(plan.buffers, 'initialGradient', 'one'),
    deferred: late,
  });
  return addPhase(plan, {
    name: 'initialGradient',
    over: 'once',
    rows: 'batch',
    scope: 'shard',
    actions: [...actions, ...late],
  });
}

/** The shards' sums added up, and what is to be computed from finished sums. */
function planGather({ plan, graphs, sums, tails, scalars }: Training): number[] {
  const actions: Action[] = [{ kind: 'sum-shards', from: sums.shard.buffer, to: sums.sum.buffer }];
  for (const { prepared, gradients } of tails) {
    if (gradients.tails.length === 0) continue;
    const available = new Map([...prepared.available, ...gradients.sums]);
    const allocate = allocator(plan.buffers, `${prepared.name}.tail`, 'none');
    actions.push(...lower({ ...prepared, available, keep: new Map(), wanted: gradients.tails, allocate }));
  }
  actions.push(
    ...planNorm(plan, graphs.norm, {
      gradient: sums.sum,
      norm: { ...scalars, offset: SCALARS.squaredNorm },
    }),
  );
  return addPhase(plan, { name: 'gather', over: 'once', rows: 'none', scope: 'program', actions });
}
