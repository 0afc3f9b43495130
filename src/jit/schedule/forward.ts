/**
 * The forward program: initial state, steps and logits, for evaluation. It keeps the state of two times only, so length
 * costs no more than outputs do; with probes it also keeps what a cell shows at each step.
 */
import { elements } from '../../core/shape.ts';
import type { ModelGraphs } from '../frontend/model.ts';
import { names } from '../ir/names.ts';
import { allocator, nextStep } from './buffers.ts';
import { withPanels } from './pack.ts';
import {
  addPhase,
  addPort,
  destinations,
  finish,
  hoist,
  newPlan,
  type Plan,
  prepare,
  type Sequence,
  sequence,
} from './plan.ts';
import type { Place, Program } from './program.ts';
import { lower } from './regions.ts';

/** The program with entries `prologue` and `shard`; ports `logits` and, with probes, `probe.*`. */
export function planForward(graphs: ModelGraphs, probes: boolean): Program {
  const plan = newPlan(graphs.params);
  const rows = sequence(plan, graphs, 'two');
  const shard = [
    ...initialPhase(plan, graphs, rows),
    ...stepPhase(plan, graphs, { rows, probes }),
    ...readoutPhase(plan, graphs, rows),
  ];
  const prologue = addPhase(plan, {
    name: 'prologue',
    over: 'once',
    rows: 'none',
    scope: 'program',
    actions: plan.prologue,
  });
  return withPanels(finish(plan, { prologue, shard }));
}

/** The initial state written to time 0. */
export function initialPhase(plan: Plan, graphs: ModelGraphs, rows: Sequence): number[] {
  const prepared = prepare(plan, 'initial', graphs.initial, new Map());
  hoist(plan, prepared);
  const wanted = destinations(prepared, rows.state);
  const allocate = allocator(plan.buffers, 'initial', 'one');
  const actions = lower({ ...prepared, keep: new Map(), wanted, allocate });
  return addPhase(plan, { name: 'initial', over: 'once', rows: 'batch', scope: 'shard', actions });
}

/** Where a step's output and next state go. */
export function stepPlaces(graphs: ModelGraphs, rows: Sequence): Map<string, Place> {
  const next = graphs.state.map(
    ({ path, name }) => [names.next(path), nextStep(rows.state.get(name)!)] as const,
  );
  return new Map<string, Place>([['output', rows.output], ...next]);
}

function stepPhase(
  plan: Plan,
  graphs: ModelGraphs,
  { rows, probes }: { readonly rows: Sequence; readonly probes: boolean },
): number[] {
  const shown = new Map<string, Place>();
  if (probes)
    for (const { name, shape } of graphs.probes) {
      const place = plan.buffers.rows(name, elements(shape), 'all');
      shown.set(name, place);
      addPort(plan, name, place, shape);
    }
  const inputs = new Map<string, Place>([...rows.state, ['input', rows.input]]);
  const prepared = prepare(plan, 'step', graphs.step, inputs);
  hoist(plan, prepared);
  const wanted = destinations(prepared, new Map([...stepPlaces(graphs, rows), ...shown]));
  const actions = lower({
    ...prepared,
    keep: new Map(),
    wanted,
    allocate: allocator(plan.buffers, 'forward', 'one'),
  });
  return addPhase(plan, { name: 'forward', over: 'forward', rows: 'batch', scope: 'shard', actions });
}

function readoutPhase(plan: Plan, graphs: ModelGraphs, rows: Sequence): number[] {
  const node = graphs.readout.outputs.logits!;
  const shape = graphs.readout.nodes[node]!.shape;
  const logits = plan.buffers.rows('logits', elements(shape), 'all');
  addPort(plan, 'logits', logits, shape);
  const prepared = prepare(plan, 'readout', graphs.readout, new Map([['output', rows.output]]));
  hoist(plan, prepared);
  const wanted = [{ node: prepared.graph.outputs.logits!, place: logits, add: false }];
  const actions = lower({
    ...prepared,
    keep: new Map(),
    wanted,
    allocate: allocator(plan.buffers, 'readout', 'all'),
  });
  return addPhase(plan, { name: 'readout', over: 'once', rows: 'all', scope: 'shard', actions });
}
