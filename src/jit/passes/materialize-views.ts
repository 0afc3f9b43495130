/**
 * A shared matrix that is only a view across the grain of another (a transposed slice, a repeated row) becomes a matrix of
 * its own: products read rows of elements that lie behind one another.
 */
import { rebuild } from '../ir/builder.ts';
import type { Graph } from '../ir/graph.ts';
import { viewsOf } from '../ir/views.ts';

/** The graph with every matrix of a product in rows: a copy is a sum with 0, which no later rule takes away. */
export function materializeViews(old: Graph): Graph {
  const views = viewsOf(old);
  return rebuild(old, ({ build, done }, node) => {
    if (node.kind !== 'dense') return undefined;
    const [x, weight] = node.args as [number, number];
    if (views[weight]!.strides.at(-1) === 1) return undefined;
    return build.add(node, [done[x]!, build.apply('add', done[weight]!, build.number(0))]);
  });
}
