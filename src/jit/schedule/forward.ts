/**
 * The forward program: initial state, steps and logits, for evaluation. It keeps the state of two times only, so length
 * costs no more than outputs do; with probes it also keeps what a cell shows at each step.
 */

import { elements } from '../../core/shape.ts';
import type { Leaf, ModelGraphs } from '../frontend/model.ts';
import { names } from '../ir/names.ts';
import { nextStep, ofRows, type Rows } from './buffers.ts';
import { hoist, prologueOf } from './hoist.ts';
import { link } from './link.ts';
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
import { type Action, type Phase, type Place, type Port, type Program, placeIn } from './program.ts';
import { type Destination, lower } from './regions.ts';

/** The program with entries `prologue` and `shard`; ports `logits` and, with probes, `probe.*`. */
export function planForward(graphs: ModelGraphs, probes: boolean): Program {
  const params = parameterLayout(graphs.params);
  const rows = sequence(graphs, 'two');
  const shown = new Map(
    (probes ? graphs.probes : []).map(({ name, shape }) => [name, rowsOf(name, shape)] as const),
  );
  const shape = graphs.readout.nodes[graphs.readout.outputs.logits!]!.shape;
  const answer = rowsOf('logits', shape);
  const initial = planInitial(graphs, params, rows);
  const steps = planSteps(graphs, params, { rows, shown });
  const inputs = new Map([...params.places, ['output', rows.output] as const]);
  const readout = hoist(prepare('readout', graphs.readout, inputs));
  const parts = [initial.prepared, steps.prepared, readout];
  const actions = outputsOf(readout, destination(readout, 'logits', answer), 'all');
  const last: Phase = { name: 'readout', over: 'once', rows: 'all', scope: 'shard', actions };
  return link(
    withPanels({
      entries: { prologue: [prologueOf(parts)], shard: [initial.phase, steps.phase, last] },
      constants: parts.flatMap(({ constants }) => constants),
      ports: {
        params: { place: placeIn(params.buffer), shape: [params.buffer.size] },
        ...rows.ports,
        logits: { place: answer, shape },
        ...probePorts(graphs.probes, shown),
      },
    }),
  );
}

const rowsOf = (name: string, shape: readonly number[]): Place =>
  placeIn(ofRows(name, elements(shape), 'all'));

function probePorts(
  probes: readonly Leaf[],
  shown: ReadonlyMap<string, Place>,
): Readonly<Record<string, Port>> {
  const found = probes.filter(({ name }) => shown.has(name));
  return Object.fromEntries(found.map(({ name, shape }) => [name, { place: shown.get(name)!, shape }]));
}

const outputsOf = (prepared: Prepared, wanted: readonly Destination[], rows: Rows): Action[] =>
  lower({ ...prepared, keep: new Map(), wanted, rows });

/** The initial state written to time 0. */
export function planInitial(
  { initial, state }: ModelGraphs,
  params: ParameterLayout,
  rows: Sequence,
): { readonly prepared: Prepared; readonly phase: Phase } {
  const prepared = hoist(prepare('initial', initial, params.places));
  const wanted = state.flatMap(({ name }) => destination(prepared, name, rows.state.get(name)!));
  const actions = outputsOf(prepared, wanted, 'one');
  return { prepared, phase: { name: 'initial', over: 'once', rows: 'batch', scope: 'shard', actions } };
}

/** Output and next state among a step's outputs, with where they go. */
export function stepDestinations(prepared: Prepared, { state }: ModelGraphs, rows: Sequence): Destination[] {
  return [
    ...destination(prepared, 'output', rows.output),
    ...state.flatMap(({ name, path }) =>
      destination(prepared, names.next(path), nextStep(rows.state.get(name)!)),
    ),
  ];
}

function planSteps(
  graphs: ModelGraphs,
  params: ParameterLayout,
  { rows, shown }: { readonly rows: Sequence; readonly shown: ReadonlyMap<string, Place> },
): { readonly prepared: Prepared; readonly phase: Phase } {
  const inputs = new Map([...params.places, ...rows.state, ['input', rows.input] as const]);
  const prepared = hoist(prepare('step', graphs.step, inputs));
  const wanted = [
    ...stepDestinations(prepared, graphs, rows),
    ...[...shown].flatMap(([name, place]) => destination(prepared, name, place)),
  ];
  const actions = outputsOf({ ...prepared, name: 'forward' }, wanted, 'one');
  return { prepared, phase: { name: 'forward', over: 'forward', rows: 'batch', scope: 'shard', actions } };
}
