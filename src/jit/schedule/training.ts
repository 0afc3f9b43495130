/**
 * The training program: forward over time, loss, backward over time, gradients, optimizer. Forward values that the
 * backward pass reads are kept for each time step, or computed again where that is cheaper.
 */

import { elements } from '../../core/shape.ts';
import type { ModelGraphs } from '../frontend/model.ts';
import type { OptimizerGraph } from '../frontend/optimizer.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import { names } from '../ir/names.ts';
import { fixed, LANES, nextStep, ofPart, ofRows, sideBySide } from './buffers.ts';
import { planInitial, stepDestinations } from './forward.ts';
import { accumulators, type GradientPlan, outerProducts, type Pass, planGradients } from './gradients.ts';
import { hoist, prologueOf } from './hoist.ts';
import { link } from './link.ts';
import { planNorm, planOptimizer } from './optimizer.ts';
import { withPanels } from './pack.ts';
import {
  destination,
  type ParameterLayout,
  type Prepared,
  parameterLayout,
  prepare,
  type Sequence,
  sequence,
} from './plan.ts';
import {
  type Action,
  type Phase,
  type Place,
  type Port,
  type Product,
  placeIn,
  type TrainingProgram,
} from './program.ts';
import { lower } from './regions.ts';
import { type Residuals, residuals } from './rematerialize.ts';
import { isWhole } from './views.ts';

const scalars = fixed('scalars', 8);
/** Scalars that the outside writes or reads. */
const SCALARS = {
  scale: placeIn(scalars, 0),
  step: placeIn(scalars, 1),
  squaredNorm: placeIn(scalars, 2),
  nonFinite: placeIn(scalars, 3),
} as const;

/** A model's graphs, those of the optimizer, and the sum of a gradient's squares. */
export interface TrainingGraphs extends ModelGraphs {
  readonly optimizer: OptimizerGraph;
  readonly norm: Graph;
}

/** The graphs and places that the parts of the program share. */
interface Training {
  readonly graphs: TrainingGraphs;
  readonly params: ParameterLayout;
  readonly rows: Sequence;
  /** Gradient of the states, at even and odd times, by the states' names. */
  readonly stateGradient: ReadonlyMap<string, Place>;
  readonly outputGradient: Place;
}

/** A part of the program that finds gradients, and sums of products left until after the loops. */
interface Part {
  readonly prepared: Prepared;
  readonly gradients: GradientPlan;
  readonly products: readonly Product[];
}

/**
 * The whole program of a training step; entries `prologue`, `shard` and `reduceShards`, then `update`.
 * @param panelFloats floats of a matrix from which on products read it in panels; see pack.ts
 */
export function planTraining(graphs: TrainingGraphs, panelFloats?: number): TrainingProgram {
  const training = newTraining(graphs);
  const { params, rows } = training;
  const initial = planInitial(graphs, params, rows);
  const step = planStep(training, params.buffer.size);
  const readout = planReadout(training, step.gradients.end);
  const start = planInitialGradient(training, readout.end);
  const sums = accumulators(start.gradients.end);
  const products = [...step.products, ...readout.products];
  const update = planOptimizer(graphs.optimizer, {
    params: params.buffer,
    gradient: placeIn(sums.sum),
    ...SCALARS,
  });
  const shard: Phase[] = [
    clear([sums.shard, ...[...training.stateGradient.values()].map(({ buffer }) => buffer)]),
    initial.phase,
    step.forward,
    readout.phase,
    step.backward,
    start.phase,
    { name: 'weights', over: 'once', rows: 'all', scope: 'shard', actions: products },
  ];
  const parts = [initial.prepared, step.prepared, readout.prepared, start.prepared];
  const reduce = planReduce([step, readout, start], graphs.norm, sums);
  const program = link(
    withPanels(
      {
        entries: {
          prologue: [prologueOf(parts)],
          shard,
          reduceShards: [reduce.phase],
          update: [update.phase],
        },
        constants: [...parts, reduce.norm, update.prepared].flatMap(({ constants }) => constants),
        ports: {
          ...scalarPorts(),
          gradient: { place: placeIn(sums.sum), shape: [params.buffer.size] },
          ...rows.ports,
          ...readout.ports,
          ...update.ports,
        },
      },
      panelFloats,
    ),
  );
  return { ...program, optimizerState: graphs.optimizer.state };
}

function newTraining(graphs: TrainingGraphs): Training {
  const rows = sequence(graphs, 'all');
  const stateGradient = new Map(
    graphs.state.map(({ name, shape }) => {
      const buffer = ofRows(names.gradient(name), elements(shape), 'two');
      return [name, placeIn(buffer)] as const;
    }),
  );
  const outputGradient = placeIn(ofRows(names.gradient('output'), rows.output.buffer.size, 'all'));
  return { graphs, params: parameterLayout(graphs.params), rows, stateGradient, outputGradient };
}

const scalarPorts = (): Record<string, Port> =>
  Object.fromEntries(Object.entries(SCALARS).map(([name, place]) => [name, { place, shape: [] }]));

function clear(buffers: readonly Place['buffer'][]): Phase {
  const actions = buffers.map((buffer): Action => ({ kind: 'clear', buffer }));
  return { name: 'clear', over: 'once', rows: 'batch', scope: 'shard', actions };
}

/** Both passes of the step, and the products that sum up its gradients. */
function planStep(
  { graphs, params, rows, stateGradient, outputGradient }: Training,
  from: number,
): Part & { readonly forward: Phase; readonly backward: Phase } {
  const known = new Map([...params.places, ...rows.state, ['input', rows.input] as const]);
  const backwardOnly = new Map<string, Place>([[names.gradient('output'), outputGradient]]);
  for (const { name, path } of graphs.state)
    backwardOnly.set(names.gradient(names.next(path)), nextStep(stateGradient.get(name)!));
  const prepared = hoist(prepare('step', graphs.step, new Map([...known, ...backwardOnly])));
  const gradients = planGradients(prepared, params, from);
  const wanted = {
    forward: stepDestinations(prepared, graphs, rows),
    backward: [
      ...graphs.state.flatMap(({ name }) =>
        destination(prepared, names.gradient(name), stateGradient.get(name)!),
      ),
      ...gradients.batchSums,
    ],
  };
  const kept = residuals(prepared, {
    forward: wanted.forward.map(({ node }) => node),
    backward: [
      ...wanted.backward.map(({ node }) => node),
      ...gradients.outers.flatMap(({ left, right }) => [left, right]),
    ],
  });
  const isKnownForward = (base: NodeId) => {
    const node = prepared.graph.nodes[base]!;
    const late = node.kind === 'input' && backwardOnly.has(node.name);
    return kept.forward.has(base) || (prepared.available.has(base) && !late);
  };
  const { products, passes } = outerProducts(prepared, gradients.outers, {
    rows: 'all',
    passes: [
      {
        keep: keptOutputs(prepared, wanted.forward, kept),
        wanted: wanted.forward,
        computes: (base) => kept.forward.has(base),
      },
      { keep: new Map(), wanted: wanted.backward, computes: () => true },
    ],
    passOf: (base) => (isKnownForward(base) ? 0 : 1),
  });
  return { prepared, gradients, products, ...bothPasses(prepared, kept, passes as [Pass, Pass]) };
}

/** Places of values that go to memory anyway: they are kept there. */
function keptOutputs(
  { graph, views }: Prepared,
  wanted: Pass['wanted'],
  { forward }: Residuals,
): ReadonlyMap<NodeId, Place> {
  const keep = new Map<NodeId, Place>();
  for (const { node, place } of wanted) {
    const { base } = views[node]!;
    const whole = isWhole(graph, node, views[node]!);
    if (whole && forward.has(base) && !keep.has(base) && graph.nodes[base]!.kind !== 'dense')
      keep.set(base, place);
  }
  return keep;
}

/** The passes of the step: what the first keeps is what the second reads. */
function bothPasses(
  prepared: Prepared,
  { stored, rematerialized }: Residuals,
  [first, second]: readonly [Pass, Pass],
): { readonly forward: Phase; readonly backward: Phase } {
  const { graph, available } = prepared;
  const record = [...stored].filter((base) => !first.keep.has(base));
  const sizes = new Map(record.map((base) => [base, elements(graph.nodes[base]!.shape)]));
  const keep = new Map([...first.keep, ...sideBySide(sizes, (size) => ofPart('kept.record', size, 'all'))]);
  const readable = [...keep].filter(([base]) => !rematerialized.has(base));
  const forward = lower({ ...prepared, name: 'forward', keep, wanted: first.wanted, rows: 'one' });
  const backward = lower({
    ...prepared,
    name: 'backward',
    available: new Map([...available, ...readable]),
    keep: second.keep,
    wanted: second.wanted,
    rows: 'one',
  });
  return {
    forward: { name: 'forward', over: 'forward', rows: 'batch', scope: 'shard', actions: forward },
    backward: { name: 'backward', over: 'backward', rows: 'batch', scope: 'shard', actions: backward },
  };
}

/** Readout and loss of all steps together, and the gradient of the outputs. */
function planReadout(
  { graphs, params, rows, outputGradient }: Training,
  from: number,
): Part & { readonly phase: Phase; readonly end: number; readonly ports: Readonly<Record<string, Port>> } {
  const { readout } = graphs;
  const outputSize = readout.nodes[readout.outputs.logits!]!.shape[0]!;
  const target = placeIn(ofRows('target', outputSize, 'all'));
  const mask = placeIn(ofRows('mask', 1, 'all'));
  const inputs = new Map([
    ...params.places,
    ...Object.entries({ output: rows.output, target, mask, [names.gradient('losses')]: SCALARS.scale }),
  ]);
  const prepared = hoist(prepare('readout', readout, inputs));
  const gradients = planGradients(prepared, params, from);
  // The loss is summed up as gradients are, in a vector of its own.
  const end = gradients.end + LANES;
  const sums = accumulators(end);
  const wanted = [
    { node: prepared.graph.outputs.losses!, place: placeIn(sums.shard, gradients.end), add: true },
    ...destination(prepared, names.gradient('output'), outputGradient),
    ...gradients.batchSums,
  ];
  const { actions, products } = singlePass(prepared, { ...gradients, batchSums: wanted }, 'all');
  return {
    prepared,
    gradients,
    products,
    phase: { name: 'readout', over: 'once', rows: 'all', scope: 'shard', actions },
    end,
    ports: {
      target: { place: target, shape: [outputSize] },
      mask: { place: mask, shape: [] },
      lossSum: { place: placeIn(sums.sum, gradients.end), shape: [] },
    },
  };
}

/** A part of one pass, with the products that sum up its gradients. */
function singlePass(
  prepared: Prepared,
  { outers, batchSums }: Pick<GradientPlan, 'outers' | 'batchSums'>,
  rows: 'one' | 'all',
): { readonly actions: readonly Action[]; readonly products: readonly Product[] } {
  const pass: Pass = { keep: new Map(), wanted: batchSums, computes: () => true };
  const { products, passes } = outerProducts(prepared, outers, { rows, passes: [pass], passOf: () => 0 });
  const { keep, wanted } = passes[0]!;
  return { actions: lower({ ...prepared, keep, wanted, rows }), products };
}

function planInitialGradient(
  { graphs, params, stateGradient }: Training,
  from: number,
): Part & { readonly phase: Phase } {
  const gradient = [...stateGradient].map(([name, place]) => [names.gradient(name), place] as const);
  const inputs = new Map([...params.places, ...gradient]);
  const prepared = hoist(prepare('initialGradient', graphs.initial, inputs));
  const gradients = planGradients(prepared, params, from);
  const { actions, products } = singlePass(prepared, gradients, 'one');
  const all = [...actions, ...products];
  return {
    prepared,
    gradients,
    products,
    phase: { name: 'initialGradient', over: 'once', rows: 'batch', scope: 'shard', actions: all },
  };
}

/** The shards' sums added up, what is to be computed from finished sums, and the norm of the gradient. */
function planReduce(
  parts: readonly Part[],
  normGraph: Graph,
  { shard, sum }: ReturnType<typeof accumulators>,
): { readonly phase: Phase; readonly norm: Prepared } {
  const tails = parts.flatMap(({ prepared, gradients }) => {
    const available = new Map([...prepared.available, ...gradients.sums]);
    const name = `${prepared.name}.tail`;
    return gradients.tails.length === 0
      ? []
      : lower({ ...prepared, name, available, keep: new Map(), wanted: gradients.tails, rows: 'none' });
  });
  const norm = planNorm(normGraph, { gradient: placeIn(sum), squaredNorm: SCALARS.squaredNorm });
  const actions = [{ kind: 'sum-shards', from: shard, to: sum } as const, ...tails, ...norm.actions];
  return {
    phase: { name: 'reduceShards', over: 'once', rows: 'none', scope: 'program', actions },
    norm: norm.prepared,
  };
}
