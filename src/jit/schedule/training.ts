/**
 * The training program: forward over time, loss, backward over time, gradients, optimizer. Each part of it that finds
 * gradients leaves sums to the phases after it: products of matrices, and what is computed from finished sums.
 */
import { elements } from '../../core/shape.ts';
import { names } from '../ir/names.ts';
import { fixed, LANES, ofRows, type Rows } from './buffers.ts';
import { planInitial } from './forward.ts';
import {
  type Accumulator,
  accumulator,
  type GradientPlan,
  outerProduct,
  planGradients,
  type Training,
  type TrainingGraphs,
  type TrainingPart,
  withOperands,
} from './gradients.ts';
import { hoist } from './hoist.ts';
import { link } from './link.ts';
import { planNorm, planOptimizer } from './optimizer.ts';
import { phase } from './phases.ts';
import { destination, type Prepared, parameterLayout, prepare, sequence } from './plan.ts';
import {
  type Action,
  type Phase,
  type Port,
  type Product,
  placeIn,
  type TrainingProgram,
} from './program.ts';
import { type Destination, lower } from './regions.ts';
import { planStep } from './step.ts';

const scalars = fixed('scalars', 8);
/** Scalars that the outside writes or reads. */
const SCALARS = {
  scale: placeIn(scalars, 0),
  step: placeIn(scalars, 1),
  squaredNorm: placeIn(scalars, 2),
  nonFinite: placeIn(scalars, 3),
} as const;
/** The loss, summed up as gradients are. */
const LOSS = accumulator('loss', LANES);

/**
 * The whole program of a training step; entries `prologue`, `shard` and `reduceShards`, then `update`.
 * @param panelFloats floats of a matrix from which on products read it in panels; see pack.ts
 */
export function planTraining(graphs: TrainingGraphs, panelFloats?: number): TrainingProgram {
  const training = newTraining(graphs);
  const { params, rows, gradient, stateGradient } = training;
  const initial = planInitial(graphs, params, rows);
  const step = planStep(training);
  const readout = planReadout(training);
  const start = planInitialGradient(training);
  const parts = [step, readout, start];
  const accumulators = [gradient, LOSS, ...parts.flatMap(({ gradients }) => gradients.accumulators)];
  const reduced = planReduce(training, parts, accumulators);
  const update = planOptimizer(graphs.optimizer, {
    params: params.buffer,
    gradient: placeIn(gradient.sum),
    ...SCALARS,
  });
  const cleared = [
    ...accumulators.map(({ shard }) => shard),
    ...[...stateGradient.values()].map(({ buffer }) => buffer),
  ];
  const clear = cleared.map((buffer) => ({ kind: 'clear', buffer }) as const);
  const program = link({
    graphs: [initial.prepared, ...parts.map(({ prepared }) => prepared), reduced.prepared, update.prepared],
    entries: {
      shard: [
        phase('clear', clear),
        initial.phase,
        step.forward,
        readout.phase,
        step.backward,
        start.phase,
        phase('weights', [...step.products, ...readout.products]),
      ],
      reduceShards: [reduced.phase],
      update: [update.phase],
    },
    ports: {
      ...Object.fromEntries(Object.entries(SCALARS).map(([name, place]) => [name, { place, shape: [] }])),
      gradient: { place: placeIn(gradient.sum), shape: [params.buffer.size] },
      lossSum: { place: placeIn(LOSS.sum), shape: [] },
      ...rows.ports,
      ...readout.ports,
      ...update.ports,
    },
    panelFloats,
  });
  return { ...program, optimizerState: graphs.optimizer.state };
}

function newTraining(graphs: TrainingGraphs): Training {
  const params = parameterLayout(graphs.params);
  const rows = sequence(graphs, 'all');
  const stateGradient = graphs.state.map(({ name, shape }) => {
    const buffer = ofRows(names.gradient(name), elements(shape), 'two');
    return [name, placeIn(buffer)] as const;
  });
  return {
    graphs,
    params,
    rows,
    gradient: accumulator('gradient', params.buffer.size),
    stateGradient: new Map(stateGradient),
    outputGradient: placeIn(ofRows(names.gradient('output'), rows.output.buffer.size, 'all')),
  };
}

/** Readout and loss of all steps together, and the gradient of the outputs. */
function planReadout({ graphs, params, rows, gradient, outputGradient }: Training): TrainingPart & {
  readonly phase: Phase;
  readonly ports: Readonly<Record<string, Port>>;
} {
  const { readout } = graphs;
  const outputSize = readout.nodes[readout.outputs.logits!]!.shape[0]!;
  const target = placeIn(ofRows('target', outputSize, 'all'));
  const mask = placeIn(ofRows('mask', 1, 'all'));
  const inputs = { output: rows.output, target, mask, [names.gradient('losses')]: SCALARS.scale };
  const prepared = hoist(prepare('readout', readout, new Map([...params.places, ...Object.entries(inputs)])));
  const gradients = planGradients(prepared, params, gradient);
  const wanted = [
    { node: prepared.graph.outputs.losses!, place: placeIn(LOSS.shard), add: true },
    ...destination(prepared, names.gradient('output'), outputGradient),
    ...gradients.batchSums,
  ];
  const { actions, products } = singlePass(prepared, gradients, { wanted, rows: 'all' });
  return {
    prepared,
    gradients,
    products,
    phase: phase('readout', actions),
    ports: { target: { place: target, shape: [outputSize] }, mask: { place: mask, shape: [] } },
  };
}

/** The gradient of the initial state. Its products are over the B rows of one time, so they are done at once. */
function planInitialGradient({ graphs, params, gradient, stateGradient }: Training): TrainingPart & {
  readonly phase: Phase;
} {
  const given = [...stateGradient].map(([name, place]) => [names.gradient(name), place] as const);
  const prepared = hoist(prepare('initialGradient', graphs.initial, new Map([...params.places, ...given])));
  const gradients = planGradients(prepared, params, gradient);
  const { actions, products } = singlePass(prepared, gradients, { wanted: gradients.batchSums, rows: 'one' });
  return { prepared, gradients, products, phase: phase('initialGradient', [...actions, ...products]) };
}

/** What a part does in one pass, with the products that sum up its gradients. */
function singlePass(
  prepared: Prepared,
  { outers }: GradientPlan,
  { wanted, rows }: { readonly wanted: readonly Destination[]; readonly rows: Rows },
): { readonly actions: readonly Action[]; readonly products: readonly Product[] } {
  const read = outers.flatMap(({ left, right }) => [left, right]);
  const { operands, ...pass } = withOperands(prepared, { keep: new Map(), wanted }, { operands: read, rows });
  return {
    actions: lower({ ...prepared, ...pass, rows }),
    products: outers.map((outer) => outerProduct(prepared, outer, operands)),
  };
}

/** The shards' sums added up, what is to be computed from finished sums, and the norm of the gradient. */
function planReduce(
  { graphs, gradient }: Training,
  parts: readonly TrainingPart[],
  accumulators: readonly Accumulator[],
): { readonly phase: Phase; readonly prepared: Prepared } {
  const sums = accumulators.map(({ shard, sum }) => ({ kind: 'sum-shards', from: shard, to: sum }) as const);
  const tails = parts.flatMap(({ prepared, gradients }) =>
    lower({
      ...prepared,
      name: `${prepared.name}.tail`,
      available: new Map([...prepared.available, ...gradients.sums]),
      wanted: gradients.tails,
      rows: 'none',
    }),
  );
  const norm = planNorm(graphs.norm, {
    gradient: placeIn(gradient.sum),
    squaredNorm: SCALARS.squaredNorm,
  });
  return { phase: phase('reduceShards', [...sums, ...tails, ...norm.actions]), prepared: norm.prepared };
}
