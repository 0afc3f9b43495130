/**
 * What depends on parameters alone is computed once a batch, before the loop over time. Hoisting places its results in
 * memory, so it belongs to the schedule: the graph stays as it is, and finds them among what is available.
 */
import { elements } from '../../core/shape.ts';
import type { NodeId } from '../ir/graph.ts';
import { fixed } from './buffers.ts';
import type { Prepared } from './plan.ts';
import { placeIn } from './program.ts';
import { lower } from './regions.ts';

/** The same, with what varies with parameters only computed in the prologue where what varies more reads it. */
export function hoist(prepared: Prepared): Prepared {
  const { graph, available, name } = prepared;
  const keep = new Map(
    [...hoistable(prepared)].map((id) => {
      const size = elements(graph.nodes[id]!.shape);
      return [id, placeIn(fixed(`${name}.hoisted${id}`, size))] as const;
    }),
  );
  const prologue = lower({ ...prepared, name: `${name}.prologue`, keep, wanted: [], rows: 'none' });
  return { ...prepared, available: new Map([...available, ...keep]), prologue };
}

/** Bases that vary with parameters only, and are read by what varies more, or are outputs. */
function hoistable({ graph, views, available }: Prepared): Set<NodeId> {
  const isFixed = (id: NodeId) => ['constant', 'params'].includes(graph.nodes[id]!.dependence);
  const isComputed = (id: NodeId) =>
    views[id]!.base === id && !available.has(id) && graph.nodes[id]!.kind !== 'constant';
  const readers = graph.nodes.flatMap((node, id) => (isFixed(id) ? [] : node.args));
  const bases = [...readers, ...Object.values(graph.outputs)].map((id) => views[id]!.base);
  return new Set(bases.filter((base) => isFixed(base) && isComputed(base)));
}
