/**
 * The forward program: initial state, steps and logits, for evaluation. It keeps the state of two times only, so length
 * costs no more than outputs do; with probes it also keeps what a cell shows at each step.
 */
import { elements } from '../../core/shape.ts';
import type { ModelGraphs } from '../frontend/model.ts';
import { names } from '../ir/names.ts';
import { nextStep, ofRows } from './buffers.ts';
import { hoist } from './hoist.ts';
import { link } from './link.ts';
import { phase } from './phases.ts';
import {
  destination,
  type ParameterLayout,
  type Prepared,
  parameterLayout,
  prepare,
  type Sequence,
  sequence,
} from './plan.ts';
import { type Phase, type Program, placeIn } from './program.ts';
import { type Destination, lower } from './regions.ts';

/** The program with entries `prologue` and `shard`; ports `logits` and, with probes, `probe.*`. */
export function planForward(graphs: ModelGraphs, probes: boolean): Program {
  const params = parameterLayout(graphs.params);
  const rows = sequence(graphs, 'two');
  const logits = portOf('logits', graphs.readout.nodes[graphs.readout.outputs.logits!]!.shape);
  const shown = (probes ? graphs.probes : []).map(({ name, shape }) => [name, portOf(name, shape)] as const);
  const initial = planInitial(graphs, params, rows);
  const step = hoist(prepare('step', graphs.step, new Map([...params.places, ...rows.stepInputs])));
  const wanted = [
    ...stepDestinations(step, graphs, rows),
    ...shown.flatMap(([name, { place }]) => destination(step, name, place)),
  ];
  const steps = lower({ ...step, name: 'forward', wanted, rows: 'one' });
  const output = [['output', rows.output]] as const;
  const readout = hoist(prepare('readout', graphs.readout, new Map([...params.places, ...output])));
  const last = lower({ ...readout, wanted: destination(readout, 'logits', logits.place), rows: 'all' });
  return link({
    graphs: [initial.prepared, step, readout],
    entries: { shard: [initial.phase, phase('forward', steps), phase('readout', last)] },
    ports: {
      params: { place: placeIn(params.buffer), shape: [params.buffer.size] },
      ...rows.ports,
      logits,
      ...Object.fromEntries(shown),
    },
  });
}

const portOf = (name: string, shape: readonly number[]) => ({
  place: placeIn(ofRows(name, elements(shape), 'all')),
  shape,
});

/** The initial state written to time 0. */
export function planInitial(
  { initial, state }: ModelGraphs,
  params: ParameterLayout,
  rows: Sequence,
): { readonly prepared: Prepared; readonly phase: Phase } {
  const prepared = hoist(prepare('initial', initial, params.places));
  const wanted = state.flatMap(({ name }) => destination(prepared, name, rows.state.get(name)!));
  return { prepared, phase: phase('initial', lower({ ...prepared, wanted, rows: 'one' })) };
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
