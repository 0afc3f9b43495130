/**
 * A product of matrices that each example has its own of, as multiply and sum: the loop nests of regions then fuse it with
 * what surrounds it. The order of the three axes follows the larger operand's memory, so that its rows are read in a line.
 */
import { elements } from '../../../core/shape.ts';
import type { Builder } from '../../ir/builder.ts';
import type { NodeId, NodeOf } from '../../ir/graph.ts';

/** The product as `reduce sum (multiply left right)`. */
export function expandProduct(build: Builder, node: NodeOf<'matmul'>): NodeId {
  const [a, b] = node.args as [NodeId, NodeId];
  // The letters of each operand's last two axes, as stored.
  const [left, right] = [node.leftTransposed ? 'km' : 'mk', node.rightTransposed ? 'nk' : 'kn'];
  const isLarger = elements(build.shape(a)) > elements(build.shape(b));
  const isVector = node.shape.at(-1) === 1 || node.shape.at(-2) === 1;
  const along = isLarger ? `n${left}` : `m${right}`;
  const order = isVector ? along : right === 'kn' ? 'mkn' : 'mnk';
  const product = build.apply('multiply', spread(build, a, left, order), spread(build, b, right, order));
  const lead = build.shape(product).length - 3;
  const sum = build.reduce('sum', product, [lead + order.indexOf('k')]);
  return order.replace('k', '') === 'mn' ? build.reshape(sum, node.shape) : turned(build, sum);
}

/** With its last two axes exchanged. */
function turned(build: Builder, id: NodeId): NodeId {
  const lead = build.shape(id).length - 2;
  return build.transpose(id, [...Array(lead).keys(), lead + 1, lead]);
}

/** An operand with its two axes at their places among the three of the order. */
function spread(build: Builder, id: NodeId, letters: string, order: string): NodeId {
  const wanted = [...order].filter((letter) => letters.includes(letter)).join('');
  const own = letters === wanted ? id : turned(build, id);
  const shape = build.shape(own);
  const sizes = shape.slice(-2);
  const full = [...order].map((letter) => (letters.includes(letter) ? sizes[wanted.indexOf(letter)]! : 1));
  return build.reshape(own, [...shape.slice(0, -2), ...full]);
}
