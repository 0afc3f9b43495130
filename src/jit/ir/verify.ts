/** The rules that every graph keeps; a pass that breaks one is wrong, and this says where. */
import { showShape } from '../../core/shape.ts';
import { type Graph, sameShape } from './graph.ts';
import { nodeOf } from './operations.ts';

/**
 * Checks a graph: every node reads what comes before it, and is what its operation makes of that.
 * @param maker who made it, for the message
 * @throws Error that names the first node that breaks a rule
 */
export function verify(graph: Graph, maker = 'verify'): void {
  graph.nodes.forEach((node, id) => {
    const fail = (what: string): never => {
      throw new Error(`internal: ${maker}: %${id} ${node.kind} ${showShape(node.shape)}: ${what}`);
    };
    for (const arg of node.args)
      if (!(arg >= 0 && arg < id)) fail(`reads %${arg}, which does not come before it`);
    let expected = node;
    try {
      expected = nodeOf(node, node.args, graph.nodes);
    } catch (error) {
      fail((error as Error).message);
    }
    if (!sameShape(expected.shape, node.shape)) fail(`expected ${showShape(expected.shape)}`);
    if (expected.dependence !== node.dependence)
      fail(`depends on ${node.dependence}, expected ${expected.dependence}`);
  });
  for (const [name, id] of Object.entries(graph.outputs))
    if (!graph.nodes[id]) throw new Error(`internal: ${maker}: output ${name} is %${id}, which is not there`);
}
