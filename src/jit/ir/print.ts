/** A graph as text, one node a line: `%12 batch [128,20] = multiply %3 %11`. */
import { showShape } from '../../core/shape.ts';
import type { Graph } from './graph.ts';
import { describe } from './operations.ts';

/** The graph for a person to read. */
export function print(graph: Graph): string {
  const lines = graph.nodes.map(
    (node, id) => `%${id} ${node.dependence} ${showShape(node.shape)} = ${describe(node)}`,
  );
  const outputs = Object.entries(graph.outputs).map(([name, id]) => `${name} = %${id}`);
  return [...lines, ...outputs].join('\n');
}
