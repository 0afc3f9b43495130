/**
 * What a graph means, in float64. Slow and obvious: everything faster is checked against it.
 * A value that depends on the example is one array an example; any other is one array that all examples share.
 */
import { elements } from '../../core/shape.ts';
import { type Graph, liveNodes, type Node } from './graph.ts';
import { evaluate, isBatchSum } from './operations.ts';

/** One array for all examples, or one each. */
export type Values = readonly Float64Array[];

/**
 * The outputs of a graph for the given inputs; what no output needs is not computed, and may lack its inputs.
 * @param batchSize how many examples inputs that depend on the example have
 */
export function interpret(
  graph: Graph,
  inputs: Readonly<Record<string, Values>>,
  batchSize = 1,
): Record<string, Values> {
  const values: Values[] = [];
  const live = liveNodes(graph);
  graph.nodes.forEach((node, id) => {
    if (!live[id]) return;
    values[id] = (node.kind === 'input' && inputs[node.name]) || valuesOf(graph, node, { values, batchSize });
  });
  return Object.fromEntries(Object.entries(graph.outputs).map(([name, id]) => [name, values[id]!]));
}

function valuesOf(
  graph: Graph,
  node: Node,
  { values, batchSize }: { readonly values: readonly Values[]; readonly batchSize: number },
): Values {
  const { shape } = node;
  const add = (example: number, data: Float64Array): void => {
    const sources = node.args.map((id) => ({
      data: values[id]![example] ?? values[id]![0]!,
      shape: graph.nodes[id]!.shape,
    }));
    evaluate(node, sources, { data, shape });
  };
  const zeros = () => new Float64Array(elements(shape));
  if (isBatchSum(node)) {
    const sum = zeros();
    for (let example = 0; example < batchSize; example++) add(example, sum);
    return [sum];
  }
  const count = node.dependence === 'batch' ? Math.max(...node.args.map((id) => values[id]!.length)) : 1;
  return Array.from({ length: count }, (_, example) => {
    const data = zeros();
    add(example, data);
    return data;
  });
}
