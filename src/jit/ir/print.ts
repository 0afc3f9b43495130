/** A graph as text, one node a line: `%12 batch [128,20] = multiply %3 %11`. */
import { showShape } from '../../core/shape.ts';
import { argsOf, type Graph, type Node, uniformValue } from './graph.ts';

/** The graph for a person to read. */
export function print(graph: Graph): string {
  const lines = graph.nodes.map(
    (node, id) => `%${id} ${node.varies} ${showShape(node.shape)} = ${describe(node)}`,
  );
  const outputs = Object.entries(graph.outputs).map(([name, id]) => `${name} = %${id}`);
  return [...lines, ...outputs].join('\n');
}

function describe(node: Node): string {
  const args = argsOf(node)
    .map((id) => `%${id}`)
    .join(' ');
  const details = detailsOf(node);
  return [node.kind === 'apply' ? node.name : node.kind, args, details]
    .filter((part) => part !== '')
    .join(' ');
}

function detailsOf(node: Node): string {
  switch (node.kind) {
    case 'constant': {
      const value = uniformValue(node);
      return value === undefined ? `of ${node.data.length} values` : String(value);
    }
    case 'input':
      return node.name;
    case 'reduce':
      return `${node.fold} over ${showShape(node.axes)}`;
    case 'transpose':
      return `order ${showShape(node.order)}`;
    case 'slice':
      return `from ${showShape(node.starts)}${node.steps.every((s) => s === 1) ? '' : ` by ${showShape(node.steps)}`}`;
    case 'assemble':
      return `at ${node.parts.map((part) => showShape(part.starts)).join(' ')}`;
    case 'matmul':
      return `${node.leftTransposed ? 'T' : 'N'}${node.rightTransposed ? 'T' : 'N'}`;
    case 'dense':
      return node.transposed ? 'transposed' : '';
    case 'cumulative':
      return `${node.fold} along ${node.axis}${node.exclusive ? ' exclusive' : ''}${node.reverse ? ' reverse' : ''}`;
    case 'sort':
      return `${node.descending ? 'descending' : 'ascending'} ${node.positions ? 'positions' : 'values'}`;
    case 'gather':
      return `along ${node.axis}${node.batched ? ' batched' : ''}`;
    default:
      return '';
  }
}
