/**
 * Both passes of a step in training. Forward values that the backward pass reads are kept for each time step, or computed
 * again where that is cheaper (rematerialize.ts).
 */
import { elements } from '../../core/shape.ts';
import type { NodeId } from '../ir/graph.ts';
import { names } from '../ir/names.ts';
import { isWhole } from '../ir/views.ts';
import { nextStep, ofPart, sideBySide } from './buffers.ts';
import { stepDestinations } from './forward.ts';
import {
  outerProduct,
  planGradients,
  type RowPass,
  type Training,
  type TrainingPart,
  withOperands,
} from './gradients.ts';
import { hoist } from './hoist.ts';
import { phase } from './phases.ts';
import { destination, type Prepared, prepare } from './plan.ts';
import type { Phase, Place } from './program.ts';
import { lower } from './regions.ts';
import { type Residuals, residuals } from './rematerialize.ts';

/** Both passes of the step, and the products that sum up its gradients. */
export function planStep({
  graphs,
  params,
  rows,
  gradient,
  stateGradient,
  outputGradient,
}: Training): TrainingPart & { readonly forward: Phase; readonly backward: Phase } {
  const backwardOnly = new Map([
    [names.gradient('output'), outputGradient],
    ...graphs.state.map(
      ({ name, path }) => [names.gradient(names.next(path)), nextStep(stateGradient.get(name)!)] as const,
    ),
  ]);
  const inputs = new Map([...params.places, ...rows.stepInputs, ...backwardOnly]);
  const prepared = hoist(prepare('step', graphs.step, inputs));
  const gradients = planGradients(prepared, params, gradient);
  const wanted = {
    forward: stepDestinations(prepared, graphs, rows),
    backward: [
      ...graphs.state.flatMap(({ name }) =>
        destination(prepared, names.gradient(name), stateGradient.get(name)!),
      ),
      ...gradients.batchSums,
    ],
  };
  const operands = gradients.outers.flatMap(({ left, right }) => [left, right]);
  const kept = residuals(prepared, {
    forward: wanted.forward.map(({ node }) => node),
    backward: [...wanted.backward.map(({ node }) => node), ...operands],
  });
  const isKnownForward = (id: NodeId) => {
    const { base } = prepared.views[id]!;
    const node = prepared.graph.nodes[base]!;
    const late = node.kind === 'input' && backwardOnly.has(node.name);
    return kept.forward.has(base) || (prepared.available.has(base) && !late);
  };
  const first = withOperands(
    prepared,
    { keep: keptOutputs(prepared, wanted.forward, kept), wanted: wanted.forward },
    { operands: operands.filter(isKnownForward), rows: 'all' },
  );
  const second = withOperands(
    prepared,
    { keep: new Map(), wanted: wanted.backward },
    { operands: operands.filter((id) => !isKnownForward(id)), rows: 'all' },
  );
  const places = new Map([...first.operands, ...second.operands]);
  const products = gradients.outers.map((outer) => outerProduct(prepared, outer, places));
  return { prepared, gradients, products, ...bothPasses(prepared, kept, [first, second]) };
}

/** Places of values that go to memory anyway: they are kept there. */
function keptOutputs(
  { graph, views }: Prepared,
  wanted: RowPass['wanted'],
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
  [first, second]: readonly [RowPass, RowPass],
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
  return { forward: phase('forward', forward), backward: phase('backward', backward) };
}
